"""Runs a TFLite file on photos, and measures what that takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from effnetv2_keras.data.diagnose import diagnose
from effnetv2_keras.data.header import HEADER_ERRORS
from effnetv2_keras.inference.answer import Answer, Photo
from effnetv2_keras.inference.latency import Latency, measure_latency
from effnetv2_keras.inference.lite_model import LiteModel
from effnetv2_keras.inference.memory import resident_bytes
from effnetv2_keras.inference.pixels import read_pixels


@dataclass(frozen=True, slots=True)
class LiteRun:
    """What came of it.

    Args:
        answers: one a photo.
        latency: of a call; None where no photo could be read.
        memory: bytes that the process holds more than before the file was opened, None where that is not known.
        num_bytes: of the file.
        runtime: its name and version.
    """

    answers: tuple[Answer, ...]
    latency: Latency | None
    memory: int | None
    num_bytes: int
    runtime: str


def run_lite(
    location: Path, photos: Iterable[Photo], *, top: int = 1, num_threads: int = 1, num_calls: int = 30
) -> LiteRun:
    """Scores every photo, then times `num_calls` calls.

    Args:
        location: the file.
        photos: what is scored.
        top: classes an image, at most.
        num_threads: of the runtime.
        num_calls: that are timed, on the last photo that can be read.

    Raises:
        DataError: if `location` is no TFLite file that maps a square image to a row of scores.
    """
    runtime, before = runtime_name(), resident_bytes()
    model = LiteModel(location, num_threads)
    answers, has_image = [], False
    for photo in photos:
        pixels = _pixels(photo, model)
        has_image = has_image or pixels is not None
        answers.append(_refused(photo) if pixels is None else _best(photo.name, model, model.score(pixels), top))
    latency = measure_latency(model.run, num_calls) if has_image else None
    after = resident_bytes()
    memory = None if before is None or after is None else max(after - before, 0)
    return LiteRun(tuple(answers), latency, memory, model.contents.num_bytes, runtime)


def runtime_name() -> str:
    """Returns what `make_interpreter` runs files with, and its version; it is loaded then."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401  is loaded here, so that its memory is not that of a file
    except ImportError:
        import tensorflow as tf

        return f"TensorFlow {tf.__version__}"
    return f"LiteRT {metadata.version('ai-edge-litert')}"


def _pixels(photo: Photo, model: LiteModel) -> np.ndarray | None:
    if photo.error is not None:
        return None
    try:
        return read_pixels(photo.data, model.image_size, model.preprocessing)
    except HEADER_ERRORS:
        return None


def _refused(photo: Photo) -> Answer:
    return Answer(photo.name, error=photo.error or diagnose(photo.data))


def _best(name: str, model: LiteModel, scores: np.ndarray, top: int) -> Answer:
    labels = model.labels or tuple(str(number) for number in range(len(scores)))
    order = np.argsort(-scores, kind="stable")[:top]
    return Answer(name, tuple(labels[i] for i in order), tuple(float(scores[i]) for i in order))

"""The callable that every engine runs: a batch of images in, a batch of answers out."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from effnetv2_keras.data.bad_files import read_or_reason
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.errors import UsageError
from effnetv2_keras.inference.answer import DIGITS, Photo, Predictor, answers

# fmt: off
COLUMNS = {
    # name      what it holds
    "path":     "what the image is called",
    "label":    "its best class; None where it could not be read",
    "score":    "of that class, to six places",
    "labels":   "the best classes, best first",
    "scores":   "of these",
    "error":    "why there is no answer, else None",
}
# fmt: on
_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class PredictBatch:
    """Says what is on the images of a batch; the model is loaded at the first call in a process, and stays.

    It is a few bytes when it is pickled, so Ray, Beam, Spark and process pools take it to wherever images are.

    Args:
        model: path of a run directory, a SavedModel folder or a TFLite file, the same on every machine.
        top: classes an image at most, at least 1.
        batch_size: images that the network sees at once, at least 1, however large the batches are that come in.
        threads: that TensorFlow computes with where this loads it, at least 1; None for one a core. Where several
            processes share a machine each is to have its share of the cores.

    Raises:
        UsageError: if a number is less than 1.
    """

    model: str | os.PathLike
    top: int = 5
    batch_size: int = 32
    threads: int | None = None

    def __post_init__(self) -> None:
        for name in ("top", "batch_size", "threads"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"`{name}` must be at least 1. Got: {value}.")

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Answers for a batch.

        Args:
            batch: columns. `path` has N names; `bytes`, where it is there, N image files. Where there are no bytes,
                `path` is read from the disk.

        Returns:
            The columns of `COLUMNS`, N values each, in order.

        Raises:
            DataError: if `model` cannot be loaded. An image that cannot be read has its `error` instead.
        """
        paths = [str(path) for path in batch["path"]]
        contents = batch.get("bytes", [None] * len(paths))
        store = Files(paths)
        photos = (
            Photo(_printable(path), *(read_or_reason(store, index) if data is None else (bytes(data), None)))
            for index, (path, data) in enumerate(zip(paths, contents, strict=True))
        )
        with _LOADING:  # engines call from several threads, and a model is to be loaded once
            predictor = _predictor(str(self.model), self.threads)
        columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        for answer in answers(predictor, photos, self.top, self.batch_size):
            scores = [round(score, DIGITS) for score in answer.scores]
            columns["path"].append(answer.path)
            columns["label"].append(answer.labels[0] if answer.labels else None)
            columns["score"].append(scores[0] if scores else None)
            columns["labels"].append(list(answer.labels))
            columns["scores"].append(scores)
            columns["error"].append(answer.error)
        return columns


@lru_cache(maxsize=2)
def _predictor(model: str, threads: int | None) -> Predictor:
    import tensorflow as tf

    from effnetv2_keras.inference.predictor import load_predictor

    if threads is not None:
        with contextlib.suppress(RuntimeError):  # it computes already, with as many as it has
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)  # other processes may want some of it
    return load_predictor(Path(model))


def _printable(path: str) -> str:
    r"""Returns a name that can be written as UTF-8; bytes that are none become \x and two digits.

    >>> print(_printable("caf\udce9.jpg"))
    caf\xe9.jpg
    """
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

"""Runs a version the way a server does, before a server sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.data.resize import read_view
from effnetv2_keras.export.graph_facts import complaints, operations, signature_shapes
from effnetv2_keras.export.parity import UNTRAINED, Parity, compare
from effnetv2_keras.export.session import ServedSession
from effnetv2_keras.export.subject import Subject, sample_images
from effnetv2_keras.export.warmup import WarmupRequest, photo_example, warmup_requests, write_warmup

AT_ONCE = 8  # photos in a request


@dataclass(frozen=True, slots=True)
class Verified:
    """What was seen.

    Args:
        parity: over the photos compared.
        operations: names of those in its graph.
        signatures: dtype and shape of inputs and outputs by name, -1 for the batch.
        num_warmup_requests: in its warm-up file.
    """

    parity: Parity
    operations: tuple[str, ...]
    signatures: dict[str, Any]
    num_warmup_requests: int


def verify(
    folder: Path, subject: Subject, photos: Sequence[bytes], batch_sizes: Sequence[int], tolerance: float
) -> Verified:
    """Opens the folder of a version, writes its warm-up file, answers it, and compares every signature with the model.

    Args:
        folder: of the version, not yet published.
        subject: the model that it has to agree with.
        photos: bytes of image files.
        batch_sizes: of the warm-up requests.
        tolerance: of a probability.

    Raises:
        RuntimeError: if it cannot be served, or strays further.
    """
    with ServedSession(folder) as session:
        for complaint in complaints(session.meta):
            raise RuntimeError(f"The written model must be one that TF Serving can serve. Got: {complaint}.")
        requests = tuple(warmup_requests(session.signatures, batch_sizes, subject.image_size))
        if requests:
            write_warmup(folder, requests, folder.parent.name)
        for request in requests:
            _answer(session, request)
        parity = _compare(session, subject, photos, tolerance)
        if not parity.max_abs_error <= tolerance:
            raise RuntimeError(
                f"The written model must agree with the Keras model within {tolerance}. Got: {parity.max_abs_error}. "
                f"{UNTRAINED}"
            )
        graph = session.meta.graph_def
        return Verified(parity, operations(graph), signature_shapes(session.signatures), len(requests))


def _answer(session: ServedSession, request: WarmupRequest) -> None:
    for name, value in session.run(request.signature, {request.input: request.value()}).items():
        is_finite = value.dtype == object or bool(np.isfinite(value).all())
        if len(value) != len(request.value()) or not is_finite:
            raise RuntimeError(f"{request.signature} must give finite {name}, one an image. Got: {value!r}.")


def _compare(session: ServedSession, subject: Subject, photos: Sequence[bytes], tolerance: float) -> Parity:
    """Compares all that `serving_images` says of photos and synthetic images; what the others say, with that."""
    views = [read_view(tf.constant(photo), subject.image_size, subject.view).numpy() for photo in photos]
    images = np.concatenate([np.stack(views), sample_images(subject.image_size)])
    got, expected = [], []
    for begin in range(0, len(images), AT_ONCE):
        part = images[begin : begin + AT_ONCE]
        got.append(session.run("serving_images", {"images": part.astype(np.float32)})["probabilities"])
        expected.append(subject.probabilities(tf.constant(part)).numpy())
        pixels = session.run("serving_images_uint8", {"images": part})["probabilities"]
        _hold("serving_images_uint8", pixels, got[-1], tolerance)
    scores = np.concatenate(got)
    for begin in range(0, len(photos), AT_ONCE):
        files = list(photos[begin : begin + AT_ONCE])
        best = -np.sort(-scores[begin : begin + len(files)], axis=1)
        asked = {
            "serving_default": {"image_bytes": files},
            "serving_example": {"inputs": [photo_example(file) for file in files]},
        }
        for name, given in asked.items():
            answer = session.run(name, given)
            _hold(name, answer["scores"], best[:, : answer["scores"].shape[1]], tolerance)
    return compare(scores, np.concatenate(expected), subject.head)


def _hold(name: str, got: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    """Holds two signatures together: the same weights on the same pixels, summed in another order at most."""
    error = float(np.abs(got - expected).max())
    if not error <= tolerance:
        raise RuntimeError(f"{name} must answer like serving_images within {tolerance}. Got: {error}.")

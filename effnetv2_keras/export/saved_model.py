"""Writes a SavedModel that takes image files and answers with names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from effnetv2_keras.data.resize import read_view
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.exported import Exported, size_on_disk
from effnetv2_keras.export.publish import version_folder
from effnetv2_keras.export.save_quietly import save_quietly
from effnetv2_keras.export.signatures import Served
from effnetv2_keras.export.subject import Subject, as_evaluated, make_subject, sample_images
from effnetv2_keras.files.atomic import publish_folder

TOLERANCE = 1e-4  # of a probability, float32 against float32


def export_saved_model(
    model: keras.Model,
    directory: str | os.PathLike,
    *,
    labels: Sequence[str] | None = None,
    version: int | None = None,
    image_size: int | None = None,
    top_k: int = 5,
    preprocessing: str | None = None,
) -> Exported:
    """Writes `directory/<version>`, preprocessing and labels included.

    The signature `serving_default` maps `image_bytes` (B,), the files' bytes, to `classes` (B, top_k) string and
    `scores` (B, top_k) float32. `serving_images` maps `images` (B, S, S, 3) float32 in [0, 255] to `probabilities`
    (B, K) float32. The folder is written aside, run, and renamed: a server never sees half a version.

    Args:
        model: a `Classifier`, with the moving average of its weights if it has one, or a network; gives logits, a
            softmax or a sigmoid.
        directory: holds the versions; made where it is missing.
        labels: a name a class, in order.
        version: None for one above the highest present.
        image_size: px; None is the size of the last validation, else of the last phase, else the model's own.
        top_k: classes in an answer, at most K.
        preprocessing: which part of a photo is seen, as in `make_dataset`; None: see `make_subject`.

    Raises:
        UsageError: if a setting breaks a rule or the version is there already.
        RuntimeError: if the written model strays from `model` by more than 1e-4.
    """
    subject = make_subject(model, labels, image_size, preprocessing)
    if top_k < 1:
        raise UsageError(f"`top_k` must be at least 1. Got: {top_k}.")
    folder = version_folder(Path(directory), version)
    errors: list[float] = []

    def write(aside: Path) -> None:
        _save(subject, top_k, aside)
        errors.append(_check(subject, aside))

    with as_evaluated(model):
        publish_folder(folder, write)
    return Exported(folder, size_on_disk(folder), subject.image_size, errors[0])


def _save(subject: Subject, top_k: int, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        labels_file = Path(scratch) / "labels.txt"
        labels_file.write_text("".join(f"{label}\n" for label in subject.labels), encoding="utf-8")
        served = Served(subject, top_k, labels_file)
        save_quietly(served, folder, served.endpoints)


def _check(subject: Subject, folder: Path) -> float:
    images = sample_images(subject.image_size)
    expected = subject.probabilities(tf.constant(images)).numpy()
    loaded = tf.saved_model.load(str(folder))
    files = tf.stack([tf.io.encode_png(image) for image in images])
    scores = loaded.signatures["serving_default"](image_bytes=files)["scores"].numpy()
    whole = loaded.signatures["serving_images"](images=tf.cast(images, tf.float32))["probabilities"].numpy()
    seen = tf.stack([read_view(file, subject.image_size, subject.view) for file in files])
    best = -np.sort(-subject.probabilities(seen).numpy(), axis=1)[:, : scores.shape[1]]
    error = max(float(np.abs(whole - expected).max()), float(np.abs(scores - best).max()))
    if not error <= TOLERANCE:
        raise RuntimeError(f"The written model must agree with the Keras model within {TOLERANCE}. Got: {error}.")
    return error

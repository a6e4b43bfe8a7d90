"""Writes a TFLite file that a phone can run: one image in, probabilities out, labels inside."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import keras
import numpy as np
import tensorflow as tf

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.exported import Exported
from effnetv2_keras.export.save_quietly import save_quietly
from effnetv2_keras.export.subject import Subject, as_evaluated, make_subject, sample_images
from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.inference.interpreter import make_interpreter

Precision = Literal["float32", "float16", "dynamic"]
#            largest error of a probability that is let through
TOLERANCE = {"float32": 1e-4, "float16": 2e-2, "dynamic": 2e-1}


def export_tflite(
    model: keras.Model,
    path: str | os.PathLike,
    *,
    labels: Sequence[str] | None = None,
    precision: Precision = "float32",
    image_size: int | None = None,
    preprocessing: str | None = None,
) -> Exported:
    """Writes a TFLite file with the signature `image` -> `probabilities`, built-in operations only.

    `image` is (1, S, S, 3) uint8, a photo as `inference.pixels.read_pixels` gives it; normalisation and softmax are
    inside. The labels are in the file as `labels.txt` (it is a zip archive too), where MediaPipe looks for them, and
    the name of the preprocessing as `preprocessing.txt`.

    Args:
        model: a `Classifier`, with the moving average of its weights if it has one, or a network; gives logits, a
            softmax or a sigmoid.
        path: the file to write.
        labels: a name a class, in order.
        precision: of the weights: float32, float16 (half the size) or dynamic (int8 weights, a quarter).
        image_size: px; None is the size of the last validation, else of the last phase, else the model's own.
        preprocessing: which part of a photo is seen, as in `make_dataset`; None: see `make_subject`.

    Raises:
        UsageError: if a setting breaks a rule.
        RuntimeError: if the written file strays from `model` further than its precision explains.
    """
    if precision not in get_args(Precision):
        raise UsageError(f"`precision` must be one of {', '.join(get_args(Precision))}. Got: {precision!r}.")
    subject = make_subject(model, labels, image_size, preprocessing)
    with as_evaluated(model):
        content = _with_texts(_convert(subject, precision), subject)
        error = _check(subject, content, precision)
    write_whole(Path(path), lambda aside: _write(aside, content))
    return Exported(Path(path), len(content), subject.image_size, error)


class _OneImage(tf.Module):
    """Holds the weights, so that the converter finds them, and one function of one image."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.weights = subject.variables()
        shape = [1, subject.image_size, subject.image_size, 3]

        @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8, name="image")])
        def score(image: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"probabilities": subject.probabilities(image)}

        self.score = score


def _convert(subject: Subject, precision: Precision) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        module = _OneImage(subject)
        save_quietly(module, Path(scratch), {"serving_default": module.score})
        converter = tf.lite.TFLiteConverter.from_saved_model(scratch)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return converter.convert()


def _with_texts(content: bytes, subject: Subject) -> bytes:
    """Appends labels and preprocessing as uncompressed zip entries, which the runtime skips."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("labels.txt"), "".join(f"{label}\n" for label in subject.labels))
        archive.writestr(zipfile.ZipInfo("preprocessing.txt"), f"{subject.preprocessing}\n")
    return buffer.getvalue()


def _check(subject: Subject, content: bytes, precision: Precision) -> float:
    images = sample_images(subject.image_size)
    expected = subject.probabilities(tf.constant(images)).numpy()
    score = make_interpreter(content).get_signature_runner()
    got = np.concatenate([score(image=image[None])["probabilities"] for image in images])
    error = float(np.abs(got - expected).max())
    if not error <= TOLERANCE[precision]:
        raise RuntimeError(f"A {precision} file must agree within {TOLERANCE[precision]}. Got: {error}.")
    return error


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)

"""From a Keras model to TFLite files by TensorFlow's converter: one image, fixed shapes, built-in operations only."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import tensorflow as tf

from effnetv2_keras.export.deploy import as_functional
from effnetv2_keras.export.save_quietly import save_quietly
from effnetv2_keras.export.subject import Subject
from effnetv2_keras.models.functional import is_functional
from effnetv2_keras.models.fuse import fuse
from effnetv2_keras.models.head import probabilities
from effnetv2_keras.models.precision import in_precision, is_float32

SIGNATURE, IMAGE = "serving_default", "image"
Input = Literal["uint8", "float32"]
Output = Literal["probabilities", "logits"]
ConverterPrecision = Literal["float32", "float16", "dynamic", "int16x8"]


@dataclass(frozen=True, slots=True)
class Ends:
    """What a file takes and gives.

    Args:
        input: "uint8" or "float32", both in [0, 255].
        output: `probabilities` or `logits`.
    """

    input: Input = "uint8"
    output: Output = "probabilities"


class Converter:
    """Converts one network as often as needed; the network is saved once.

    Args:
        subject: the Keras model.
        ends: what its files take and give.
        folder: to save it in.
    """

    def __init__(self, subject: Subject, ends: Ends, folder: Path) -> None:
        self._folder, self._ends = folder, ends
        module = _OneImage(subject, ends)
        save_quietly(module, folder, {SIGNATURE: module.score})

    def convert(self, precision: ConverterPrecision, calibration: Sequence[np.ndarray] = ()) -> bytes:
        """Returns the bytes of a file; int16x8 needs images (S, S, 3) to calibrate on.

        Args:
            precision: "float32", "float16", "dynamic" or "int16x8".
            calibration: (S, S, 3) in [0, 255] each.
        """
        converter = tf.lite.TFLiteConverter.from_saved_model(str(self._folder))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if precision != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if precision == "int16x8":
            wide = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
            # CAST exists in no 16-bit form: what is not known stays as it was
            converter.target_spec.supported_ops = [wide, tf.lite.OpsSet.TFLITE_BUILTINS]
            kind = np.dtype(self._ends.input)
            converter.representative_dataset = lambda: ({IMAGE: image[None].astype(kind)} for image in calibration)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Statistics for quantized inputs were expected")  # they are given
            # the converter's own, which it calibrates 16 bits with
            warnings.filterwarnings("ignore", r"\s*Warning: tf\.lite\.Interpreter is deprecated")
            return converter.convert()


@contextmanager
def converting(subject: Subject, ends: Ends) -> Iterator[Converter]:
    """Yields a `Converter` whose scratch folder goes away in the end."""
    with tempfile.TemporaryDirectory() as scratch:
        yield Converter(subject, ends, Path(scratch))


class _OneImage(tf.Module):
    """Holds the weights, so that the converter finds them, and one function of one image."""

    def __init__(self, subject: Subject, ends: Ends) -> None:
        super().__init__()
        network = as_functional(subject.network)
        if is_functional(network):
            network = fuse(network)
            network = network if is_float32(network) else in_precision(network, "float32")
        before = getattr(subject.model, "preprocess", None)
        self.weights = [weight.value for weight in (*network.weights, *getattr(before, "weights", ()))]
        spec = tf.TensorSpec([1, subject.image_size, subject.image_size, 3], ends.input, name=IMAGE)

        @tf.function(input_signature=[spec], autograph=False)
        def score(image: tf.Tensor) -> dict[str, tf.Tensor]:
            pixels = tf.cast(image, tf.float32)
            outputs = network(pixels if before is None else before(pixels), training=False)
            if ends.output == "logits":
                return {"logits": tf.cast(outputs, tf.float32)}
            return {"probabilities": probabilities(outputs, subject.head)}

        self.score = score

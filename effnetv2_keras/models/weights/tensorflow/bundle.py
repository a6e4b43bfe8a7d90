"""TensorFlow's checkpoints: an `.index` file and files of data beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from effnetv2_keras.errors import DataError


def open_bundle(prefix: Path) -> tuple[Mapping[str, tuple[int, ...]], Callable[[str], np.ndarray]]:
    """Returns the shapes of a checkpoint's tensors by name, and what reads one; checksums are looked at.

    Raises:
        DataError: if it is cut off or damaged.
    """
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        shapes = {name: tuple(shape) for name, shape in reader.get_variable_to_shape_map().items()}
    except (tf.errors.OpError, RuntimeError, ValueError) as error:
        raise DataError(f"{prefix} must be a whole checkpoint of TensorFlow. Got: {_first_line(error)}.") from error

    def read(name: str) -> np.ndarray:
        try:
            return reader.get_tensor(name)
        except (tf.errors.OpError, RuntimeError) as error:
            raise OSError(_first_line(error)) from error

    return shapes, read


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")

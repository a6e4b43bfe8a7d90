"""The gradient of a number, on the backends that have one for functions of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from effnetv2_keras.errors import UsageError

BACKENDS = ("tensorflow", "jax")


def slope(function: Callable[[Any], Any], at: Any) -> Any | None:
    """Returns the gradient of `function`, from an array to a number, at the array `at`.

    None, or zeros with JAX, where the number does not depend on the array.

    Raises:
        UsageError: on another backend than TensorFlow and JAX.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            number = function(at)
        return tape.gradient(number, at)
    if backend == "jax":
        import jax

        return jax.grad(function)(at)
    raise UsageError(f"Gradients need KERAS_BACKEND to be one of {', '.join(BACKENDS)}. Got: {backend}.")

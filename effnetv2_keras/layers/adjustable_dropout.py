"""Dropout whose rate can change between two epochs of one `fit`."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knob import Knob


def check_rate(name: str, rate: float) -> float:
    """Returns `rate` if it is a probability of dropping, in [0, 1).

    Raises:
        UsageError: if it is not, with `name` and the value.
    """
    if not 0.0 <= float(rate) < 1.0:
        raise UsageError(f"`{name}` must be at least 0 and below 1. Got: {rate}.")
    return float(rate)


@keras.saving.register_keras_serializable("effnetv2_keras")
class AdjustableDropout(keras.layers.Layer):
    """Drops single elements with a rate that is read in every step.

    `keras.layers.Dropout.rate` is a Python number: once the step is compiled, a new value has no effect. Here the rate
    is a `Knob`. `get_config` keeps the rate that the layer was built with.

    Args:
        rate: probability of dropping an element, in [0, 1); kept elements are scaled by 1 / (1 - rate).
        seed: seed of the masks.

    Raises:
        UsageError: if `rate` is outside [0, 1).
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = check_rate("rate", rate)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.knob = Knob("dropout", self.rate)
        self.supports_masking = True
        self.built = True

    def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Returns `x` (any shape) with elements dropped while training, as it came otherwise."""
        if not training:
            return x
        return drop(x, self.knob.read(), ops.shape(x), self.seed_generator)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


def drop(
    x: keras.KerasTensor, rate: keras.KerasTensor, mask_shape: tuple, seed: keras.random.SeedGenerator
) -> keras.KerasTensor:
    """Zeroes `x` where a mask of `mask_shape` (it broadcasts) falls, and scales the rest by 1 / (1 - rate).

    The mask comes from integers: `keras.random.uniform` gives other numbers under XLA than without.
    """
    if keras.backend.backend() == "tensorflow":
        from effnetv2_keras.layers.tensorflow.replica import OwnSeed

        seed = OwnSeed(seed)
    keep = 1.0 - rate
    fall = ops.cast(keras.random.randint(mask_shape, 0, 1 << 24, dtype="int32", seed=seed), "float32") / float(1 << 24)
    kept = ops.cast(fall < keep, "float32") / ops.maximum(keep, 1e-6)
    return x * ops.cast(kept, x.dtype)

"""Stochastic depth: whole residual branches are dropped, image by image."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.adjustable_dropout import check_rate, drop
from effnetv2_keras.layers.knob import Knob


@keras.saving.register_keras_serializable("effnetv2_keras")
class StochasticDepth(keras.layers.Layer):
    """Drops its whole input for some images of the batch.

    Args:
        rate: the network's drop rate, in [0, 1): what its deepest block would have. A `Knob` holds it.
        position: this block's place in the network, i / n, in [0, 1]; the block drops with `rate * position`.
        seed: seed of the masks.

    Raises:
        UsageError: if `rate` or `position` is out of its range.

    Source: Huang et al. 2016; facts 1.2 (survival = 1 - 0.2 * i / n over all n blocks of the net).
    """

    def __init__(self, rate: float, position: float = 1.0, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0.0 <= position <= 1.0:
            raise UsageError(f"`position` must be between 0 and 1. Got: {position}.")
        self.rate = check_rate("rate", rate)
        self.position = float(position)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.knob = Knob("drop_path", self.rate)
        self.built = True

    def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Returns `x` (B, ...) with whole images zeroed while training, as it came otherwise."""
        if not training:
            return x
        mask_shape = (ops.shape(x)[0],) + (1,) * (len(x.shape) - 1)
        return drop(x, self.knob.read() * self.position, mask_shape, self.seed_generator)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again."""
        return {**super().get_config(), "rate": self.rate, "position": self.position, "seed": self.seed}

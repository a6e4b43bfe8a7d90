"""The first layer of every network: pixels in [0, 255] to what the weights were trained on."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from effnetv2_keras.configs.rules import SMALLEST_IMAGE, check_choice
from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class Formula:
    """(x - mean) / deviation, by channel in the order of the input, perhaps after turning RGB into BGR."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    turns_to_bgr: bool = False


# Source: facts 1.4; "caffe" is keras.applications' ResNet-50, "unit" its V1 without weights.
# fmt: off
FORMULAS = {
    "symmetric": Formula((128.0,),                    (128.0,)),
    "inception": Formula((127.5,),                    (127.5,)),
    "imagenet":  Formula((123.675, 116.28, 103.53),   (58.395, 57.12, 57.375)),
    "caffe":     Formula((103.939, 116.779, 123.68),  (1.0, 1.0, 1.0), turns_to_bgr=True),
    "unit":      Formula((0.0,),                      (255.0,)),
    "none":      Formula((0.0,),                      (1.0,)),
}
# fmt: on


@keras.saving.register_keras_serializable("effnetv2_keras")
class NormalizePixels(keras.layers.Layer):
    """Normalises pixels in [0, 255] of any dtype, in float32 whatever the precision of the rest.

    Weights are right with one normalisation only, so this layer writes it, and what else they need, into every file
    of weights; `models/weights` reads it.

    Args:
        pixels: one of `FORMULAS`, see `ModelConfig`.
        facts: what the weights of the network need and where they come from, as plain values.
        is_folded: the division by the deviation is in the kernel of the convolution that follows.

    Raises:
        UsageError: for an unknown formula; when called, for sides below 32 px or other channels than the formula knows.

    Source: facts 1.4.
    """

    def __init__(
        self, pixels: str, facts: dict[str, Any] | None = None, is_folded: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        check_choice("pixels", pixels, tuple(FORMULAS))
        self.pixels = pixels
        self.formula = FORMULAS[pixels]
        self.facts = facts
        self.is_folded = is_folded
        self.built = True

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Returns float32 (B, H, W, C) for pixels of that shape."""
        self.check_shape(tuple(x.shape))
        x = ops.cast(x, "float32")
        if self.formula.turns_to_bgr:
            x = ops.flip(x, axis=-1)
        mean = ops.convert_to_tensor(self.formula.mean, dtype="float32")
        if self.is_folded:
            return x - mean
        deviation = ops.convert_to_tensor(self.formula.deviation, dtype="float32")
        return (x - mean) / deviation

    def check_shape(self, shape: tuple[int | None, ...]) -> None:
        """Refuses images that are too small, and channels that the formula does not know.

        Raises:
            UsageError: if they are, or the shape is not (B, H, W, C).
        """
        if len(shape) != 4:
            raise UsageError(f"Images must have the shape (B, H, W, C). Got: {shape}.")
        if any(side is not None and side < SMALLEST_IMAGE for side in shape[1:3]):
            raise UsageError(
                f"Images must be at least {SMALLEST_IMAGE} px high and wide. Got: {shape[1]} x {shape[2]}."
            )
        known = len(self.formula.mean)
        if known > 1 and shape[-1] != known:
            raise UsageError(f"`pixels={self.pixels!r}` normalises {known} channels. Got: {shape[-1]}.")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the input's shape."""
        self.check_shape(tuple(input_shape))
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again."""
        return {**super().get_config(), "pixels": self.pixels, "facts": self.facts, "is_folded": self.is_folded}

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Writes the facts as the bytes of their JSON."""
        if self.facts is not None:
            store["0"] = np.frombuffer(json.dumps(self.facts).encode(), dtype="uint8")

    def load_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Reads nothing: the network that loads is already built."""


def read_facts(values: np.ndarray) -> dict[str, Any]:
    """Returns the facts that `NormalizePixels` wrote.

    Args:
        values: (N,) uint8, the bytes of their JSON.
    """
    return json.loads(values.tobytes().decode())

"""The max-pooling that ResNet has after its stem."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("effnetv2_keras")
class StemPool(keras.layers.Layer):
    """Takes the largest of 3 x 3, with stride 2.

    Args:
        padding: "tf" or "torch", see `ModelConfig`. Neither lets the border win over what is in the image.
    """

    def __init__(self, padding: str = "tf", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = padding
        self.built = True

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Returns (B, H / 2, W / 2, C), rounded up, for `x` (B, H, W, C)."""
        if self.padding == "tf":
            return ops.max_pool(x, 3, 2, padding="same", data_format="channels_last")
        x = ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=float("-inf"))
        return ops.max_pool(x, 3, 2, padding="valid", data_format="channels_last")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the shape of the output; unknown sides stay unknown."""
        height, width = (None if side is None else -(-side // 2) for side in input_shape[1:3])
        return (input_shape[0], height, width, input_shape[3])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again."""
        return {**super().get_config(), "padding": self.padding}

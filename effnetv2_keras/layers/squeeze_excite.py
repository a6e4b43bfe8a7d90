"""Squeeze-and-excitation: every channel scaled by a number that the whole image decides."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.configs.block import part_name
from effnetv2_keras.layers.fast import trains_fast
from effnetv2_keras.layers.initializers import conv_initializer


@keras.saving.register_keras_serializable("effnetv2_keras")
class SqueezeExcite(keras.layers.Layer):
    """Averages each channel over the image, squeezes to `width`, and scales the channels with the answer.

    Args:
        channels: channels that come in and go out.
        width: channels between the two convolutions.
        activation: between them.
        has_products: the convolutions run as matrix products on (B, channels), which is less work
            around the same sums.

    Source: Hu et al. 2018; facts 1.2 (1x1 convolutions with biases, then a sigmoid).
    """

    def __init__(
        self, channels: int, width: int, activation: str = "silu", has_products: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.width = width
        self.activation = activation
        self.has_products = has_products
        self.activate = keras.activations.get(activation)
        self.reduce = self._build_conv("reduce", width)
        self.expand = self._build_conv("expand", channels)

    def _build_conv(self, part: str, outputs: int) -> keras.layers.Layer:
        return keras.layers.Conv2D(
            outputs,
            1,
            kernel_initializer=conv_initializer(1, outputs),
            name=part_name(self.name, part_name(part, "conv")),
            dtype=self.dtype_policy,
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the variables."""
        self.reduce.build((None, None, None, self.channels))
        self.expand.build((None, None, None, self.width))

    def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Returns `x` (B, H, W, channels), scaled."""
        if self.has_products:
            return x * ops.sigmoid(self._product_scale(x))
        if trains_fast(training):
            from effnetv2_keras.layers.tensorflow.excite import excite

            return excite(x, self.reduce, self.activate, self.expand)
        scale = ops.mean(x, axis=(1, 2), keepdims=True)
        scale = self.expand(self.activate(self.reduce(scale)))
        return x * ops.sigmoid(scale)

    def _product_scale(self, x: keras.KerasTensor) -> keras.KerasTensor:
        squeezed = self.activate(_product(ops.mean(x, axis=(1, 2)), self.reduce))
        return ops.reshape(_product(squeezed, self.expand), (-1, 1, 1, self.channels))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again."""
        own = {"channels": self.channels, "width": self.width, "activation": self.activation}
        return {**super().get_config(), **own, "has_products": self.has_products}


def _product(x: keras.KerasTensor, conv: keras.layers.Layer) -> keras.KerasTensor:
    """Returns what a 1x1 convolution makes of one pixel, (B, outputs) for (B, inputs)."""
    return ops.matmul(x, ops.reshape(conv.kernel, conv.kernel.shape[2:])) + conv.bias

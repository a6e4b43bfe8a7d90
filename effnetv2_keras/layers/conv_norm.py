"""Convolution, batch normalisation and activation: the unit every block is made of."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.configs.block import part_name
from effnetv2_keras.configs.conv import Conv
from effnetv2_keras.layers.fast import trains_fast
from effnetv2_keras.layers.from_spec import FromSpec
from effnetv2_keras.layers.initializers import conv_initializer


@keras.saving.register_keras_serializable("effnetv2_keras")
class ConvNorm(FromSpec):
    """Runs the convolution that a `Conv` describes, then its batch normalisation and its activation.

    Args:
        spec: the `Conv`.
        is_folded: the batch normalisation is folded into the convolution, which has a bias instead.

    Raises:
        UsageError: when it is built, if the input is not (B, H, W, C) with the channels of `spec`.
    """

    spec_type = Conv

    def __init__(self, spec: Conv | dict[str, Any], is_folded: bool = False, **kwargs: Any) -> None:
        super().__init__(spec, is_folded, **kwargs)
        self.conv = self._build_conv(self.spec)
        self.norm = None if is_folded else self._build_norm(self.spec)
        self.activate = keras.activations.get(self.spec.activation)

    def _build_conv(self, spec: Conv) -> keras.layers.Layer:
        shared: dict[str, Any] = {
            "kernel_size": spec.kernel,
            "strides": spec.stride,
            "padding": "valid" if spec.pad else "same",
            "use_bias": self.is_folded,
            "name": part_name(spec.name, "conv"),
            "dtype": self.dtype_policy,
        }
        if spec.is_depthwise:
            return keras.layers.DepthwiseConv2D(depthwise_initializer=conv_initializer(spec.kernel, 1), **shared)
        initializer = conv_initializer(spec.kernel, spec.channels)
        return keras.layers.Conv2D(spec.channels, kernel_initializer=initializer, **shared)

    def _build_norm(self, spec: Conv) -> keras.layers.Layer:
        return keras.layers.BatchNormalization(
            momentum=spec.bn_momentum,
            epsilon=spec.bn_epsilon,
            name=part_name(spec.name, "bn"),
            dtype=self.dtype_policy,
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the variables."""
        self.check_channels(input_shape)
        self.conv.build((None, None, None, self.spec.inputs))
        if self.norm is not None:
            self.norm.build((None, None, None, self.spec.channels))

    def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Returns (B, H', W', channels) for `x` (B, H, W, inputs)."""
        if self.spec.pad:
            sides = [self.spec.pad, self.spec.pad]
            x = ops.pad(x, [[0, 0], sides, sides, [0, 0]])
        if trains_fast(training):
            from effnetv2_keras.layers.tensorflow.conv_norm import conv_norm

            return conv_norm(self, x)
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x, training=training)
        return self.activate(x)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the shape of the output; unknown sides stay unknown."""
        height, width = (None if side is None else self.spec.output_side(side) for side in input_shape[1:3])
        return (input_shape[0], height, width, self.spec.channels)

"""Fused-MBConv: expansion and spatial filter in one convolution, which accelerators prefer in early stages."""

from __future__ import annotations

import keras

from effnetv2_keras.layers.residual_block import ResidualBlock


@keras.saving.register_keras_serializable("effnetv2_keras")
class FusedMBConv(ResidualBlock):
    """MBConv with a full k x k convolution in place of the expansion and the depthwise one.

    Args:
        spec, is_folded, has_products: see `ResidualBlock`.

    Raises:
        UsageError: when it is built, if the input is not (B, H, W, C) with the channels of `spec`.

    Source: Tan & Le 2021, figure 2; facts 1.2 (with expansion 1 a single convolution remains, and it is activated).
    """

    def branch(self, x: keras.KerasTensor, training: bool) -> keras.KerasTensor:
        """Returns what is added to the shortcut."""
        if "expand" in self.units:
            x = self.units["expand"](x, training=training)
        x = self.excite(x, training)
        return self.units["project"](x, training=training)

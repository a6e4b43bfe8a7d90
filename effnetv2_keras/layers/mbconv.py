"""MBConv: expand, filter each channel on its own, excite, project."""

from __future__ import annotations

import keras

from effnetv2_keras.layers.residual_block import ResidualBlock


@keras.saving.register_keras_serializable("effnetv2_keras")
class MBConv(ResidualBlock):
    """The inverted residual of MobileNetV2 and EfficientNet.

    Args:
        spec, is_folded, has_products: see `ResidualBlock`.

    Raises:
        UsageError: when it is built, if the input is not (B, H, W, C) with the channels of `spec`.

    Source: Sandler et al. 2018; Tan & Le 2019, section 4.
    """

    def branch(self, x: keras.KerasTensor, training: bool) -> keras.KerasTensor:
        """Returns what is added to the shortcut."""
        if "expand" in self.units:
            x = self.units["expand"](x, training=training)
        x = self.units["depthwise"](x, training=training)
        x = self.excite(x, training)
        return self.units["project"](x, training=training)

"""ResNet's bottleneck: reduce, filter, widen again."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.configs.block import Block
from effnetv2_keras.layers.residual_block import ResidualBlock


@keras.saving.register_keras_serializable("effnetv2_keras")
class Bottleneck(ResidualBlock):
    """1x1, k x k and 1x1 convolutions; the sum with the (projected) shortcut is activated.

    Args:
        spec, is_folded, has_products: see `ResidualBlock`.

    Raises:
        UsageError: when it is built, if the input is not (B, H, W, C) with the channels of `spec`.

    Source: He et al. 2016, figure 5. The stride is in the first convolution, as there and in keras.applications.
    """

    def __init__(self, spec: Block | dict[str, Any], is_folded: bool = False, **kwargs: Any) -> None:
        super().__init__(spec, is_folded, **kwargs)
        self.activate = keras.activations.get(self.spec.activation)

    def branch(self, x: keras.KerasTensor, training: bool) -> keras.KerasTensor:
        """Returns what is added to the shortcut."""
        x = self.units["reduce"](x, training=training)
        x = self.units["spatial"](x, training=training)
        return self.units["project"](self.excite(x, training), training=training)

    def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Returns (B, H', W', channels) for `x` (B, H, W, inputs)."""
        shortcut = self.units["shortcut"](x, training=training) if "shortcut" in self.units else x
        return self.activate(shortcut + self.drop(self.branch(x, training), training))

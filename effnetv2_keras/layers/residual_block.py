"""What all blocks have in common: units from a table, and a shortcut around them."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.configs.block import Block, part_name
from effnetv2_keras.layers.conv_norm import ConvNorm
from effnetv2_keras.layers.from_spec import FromSpec
from effnetv2_keras.layers.squeeze_excite import SqueezeExcite
from effnetv2_keras.layers.stochastic_depth import StochasticDepth


class ResidualBlock(FromSpec):
    """Builds the parts of a `Block`; a subclass says in `branch` how they follow each other.

    Args:
        spec: the `Block`.
        is_folded: without batch normalisation, see `ConvNorm`.
        has_products: see `SqueezeExcite`.
    """

    spec_type = Block

    def __init__(
        self, spec: Block | dict[str, Any], is_folded: bool = False, has_products: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(spec, is_folded, **kwargs)
        self.has_products = has_products
        block = self.spec
        self.units = {part: ConvNorm(conv, is_folded, dtype=self.dtype_policy) for part, conv in block.convs().items()}
        self.squeeze_excite = None
        if block.se_width:
            self.squeeze_excite = SqueezeExcite(
                block.se_channels,
                block.se_width,
                block.activation,
                has_products,
                name=part_name(block.name, "se"),
                dtype=self.dtype_policy,
            )
        self.stochastic_depth = None
        if block.has_residual:
            self.stochastic_depth = StochasticDepth(
                block.drop_path,
                block.position,
                name=part_name(block.name, "drop_path"),
                dtype=self.dtype_policy,
            )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Makes the variables."""
        self.check_channels(input_shape)
        for unit in self.units.values():
            unit.build((None, None, None, unit.spec.inputs))
        if self.squeeze_excite is not None:
            self.squeeze_excite.build((None, None, None, self.spec.se_channels))

    def branch(self, x: keras.KerasTensor, training: bool) -> keras.KerasTensor:
        """Returns what is added to the shortcut.

        Args:
            x: (B, H, W, inputs).
            training: whether statistics and masks are those of training.

        Returns:
            (B, H', W', channels).
        """
        raise NotImplementedError

    def excite(self, x: keras.KerasTensor, training: bool) -> keras.KerasTensor:
        """Applies squeeze-and-excitation where the block has it."""
        return x if self.squeeze_excite is None else self.squeeze_excite(x, training=training)

    def drop(self, branch: keras.KerasTensor, training: bool) -> keras.KerasTensor:
        """Applies stochastic depth where the block has a shortcut."""
        return branch if self.stochastic_depth is None else self.stochastic_depth(branch, training=training)

    def call(self, x: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Returns (B, H', W', channels) for `x` (B, H, W, inputs)."""
        branch = self.drop(self.branch(x, training), training)
        return x + branch if self.spec.has_residual else branch

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the shape of the output; unknown sides stay unknown."""
        shape = input_shape
        for part, unit in self.units.items():
            if part != "shortcut":
                shape = unit.compute_output_shape(shape)
        return shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again."""
        return {**super().get_config(), "has_products": self.has_products}

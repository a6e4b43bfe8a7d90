"""Base of the layers that one piece of a `ModelConfig` describes in full."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras

from effnetv2_keras.errors import UsageError


class FromSpec(keras.layers.Layer):
    """A layer built from a frozen dataclass, which is all that its `get_config` has to keep.

    Args:
        spec: what to build; the mapping that `get_config` made of it is taken as well. It names the layer.
        is_folded: without batch normalisation: the convolutions have biases instead.
    """

    spec_type: type

    def __init__(self, spec: Any, is_folded: bool = False, **kwargs: Any) -> None:
        spec = self.spec_type(**spec) if isinstance(spec, dict) else spec
        super().__init__(**{"name": spec.name, **kwargs})
        self.spec = spec
        self.is_folded = is_folded

    def check_channels(self, input_shape: tuple[int | None, ...]) -> None:
        """Refuses an input with other channels than the spec says.

        Raises:
            UsageError: if it has, or is not (B, H, W, C).
        """
        if len(input_shape) != 4 or input_shape[-1] != self.spec.inputs:
            raise UsageError(f"`{self.name}` takes (B, H, W, {self.spec.inputs}). Got: {tuple(input_shape)}.")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this layer again."""
        return {**super().get_config(), "spec": dataclasses.asdict(self.spec), "is_folded": self.is_folded}

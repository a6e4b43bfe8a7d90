"""State dicts of the PyTorch listing of EfficientNetV2: `blocks.N.expand_conv.conv`, `dwconv`, `head.classifier`.

The listing is that of WZMIAOMIAO/deep-learning-for-image-processing, folder Test11_efficientnetV2, from which many
course works and repositories took their model: blocks counted over the whole network, PyTorch's padding, an epsilon
of 1e-3, and x / 127.5 - 1 (facts: its model.py and predict.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.models.weights.checkpoint import Shape
from effnetv2_keras.models.weights.paths import Unit
from effnetv2_keras.models.weights.state_dict import StateDict

NAME = "pytorch listing"
CLASSIFIER = "head.classifier"
ENDS = {"stem": "stem", "head": "head.project_conv"}
PARTS = {"expand": "expand_conv", "depthwise": "dwconv", "project": "project_conv"}


def is_its(shapes: Mapping[str, Shape]) -> bool:
    """Tells whether these are the names of the listing."""
    return "stem.conv.weight" in shapes and "blocks.0.project_conv.conv.weight" in shapes


def layers(config: ModelConfig, unit: Unit) -> tuple[str, str]:
    """Returns what the listing calls a convolution of `config` and its normalisation."""
    prefix = ENDS[unit.part] if unit.block is None else f"blocks.{unit.index}.{PARTS[unit.part]}"
    return f"{prefix}.conv", f"{prefix}.bn"


def squeeze(unit: Unit) -> tuple[str, str]:
    """Returns what the two convolutions of squeeze-and-excitation in the block of `unit` are called."""
    return f"blocks.{unit.index}.se.conv_reduce", f"blocks.{unit.index}.se.conv_expand"


def changes(path: Path, state: StateDict) -> dict[str, Any]:
    """Returns what the weights ask of a `ModelConfig`."""
    return {"padding": "torch", "bn_epsilon": 1e-3, "pixels": "inception"}

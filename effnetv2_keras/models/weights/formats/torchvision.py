"""torchvision's state dicts: `features.STAGE.NUMBER.block.PART.0`, `classifier.1`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.torch_networks import TORCHVISION
from effnetv2_keras.errors import DataError
from effnetv2_keras.models.weights.checkpoint import Shape
from effnetv2_keras.models.weights.paths import Unit
from effnetv2_keras.models.weights.state_dict import StateDict

NAME = "torchvision"
CLASSIFIER = "classifier.1"


def is_its(shapes: Mapping[str, Shape]) -> bool:
    """Tells whether these are the names of torchvision's EfficientNets."""
    return "features.0.0.weight" in shapes and "features.1.0.block.0.0.weight" in shapes


def layers(config: ModelConfig, unit: Unit) -> tuple[str, str]:
    """Returns what torchvision calls a convolution of `config` and its normalisation."""
    if unit.block is None:
        prefix = f"features.{0 if unit.part == 'stem' else len(config.stages) + 1}"
    else:
        prefix = f"{_block(unit)}.{_parts(unit).index(unit.part)}"
    return f"{prefix}.0", f"{prefix}.1"


def squeeze(unit: Unit) -> tuple[str, str]:
    """Returns what the two convolutions of squeeze-and-excitation in the block of `unit` are called."""
    prefix = f"{_block(unit)}.{_parts(unit).index('squeeze')}"
    return f"{prefix}.fc1", f"{prefix}.fc2"


def _block(unit: Unit) -> str:
    return f"features.{unit.stage}.{unit.layer - 1}.block"


def _parts(unit: Unit) -> list[str]:
    """Returns the parts of a block as they are numbered: squeeze-and-excitation is one, before the last."""
    assert unit.block is not None
    *first, last = unit.block.convs()
    return [*first, *(["squeeze"] if unit.block.se_width else []), last]


def changes(path: Path, state: StateDict) -> dict[str, Any]:
    """Returns what the weights ask of a `ModelConfig`.

    Raises:
        DataError: if they are of none of torchvision's EfficientNets, whose epsilons differ.
    """
    blocks = {tuple(name.split(".")[1:3]) for name in state.shapes if ".block." in name}
    last = max(int(name.split(".")[1]) for name in state.shapes if name.startswith("features."))
    head = state.shapes.get(f"features.{last}.0.weight", (0,))[0]
    if (len(blocks), head) not in TORCHVISION:
        raise DataError(
            f"{path} must be of one of torchvision's EfficientNets. Got: {len(blocks)} blocks and {head} channels."
        )
    _, epsilon, pixels, size = TORCHVISION[len(blocks), head]
    return {"padding": "torch", "bn_epsilon": epsilon, "pixels": pixels, "eval_size": size}

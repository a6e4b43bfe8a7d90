"""State dicts of PyTorch, as safetensors or as PyTorch's own file, under the names of several libraries."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from effnetv2_keras.configs.block import part_name
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.errors import DataError
from effnetv2_keras.models.weights.checkpoint import Checkpoint, Tensor
from effnetv2_keras.models.weights.formats import listing, timm, torchvision
from effnetv2_keras.models.weights.paths import HEAD, se_name, units
from effnetv2_keras.models.weights.state_dict import AVERAGES, open_state_dict

# A library has a NAME, a CLASSIFIER and four functions: `is_its` tells by the names in a file whether it is one of
# its own, `layers` and `squeeze` say what it calls a layer of ours, `changes` what its weights ask of a config.
LIBRARIES: dict[str, ModuleType] = {module.NAME: module for module in (timm, torchvision, listing)}
OPERATORS = ("mbconv", "fused")
NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


def open_checkpoint(path: Path) -> Checkpoint | None:
    """Opens a file of PyTorch; None for any other.

    Raises:
        UsageError: if a library that reads it is not installed.
        DataError: if it is damaged, of no network that ours can be, or does not say how it pads.
    """
    state = open_state_dict(path)
    if state is None:
        return None
    for library in LIBRARIES.values():
        if library.is_its(state.shapes):
            return Checkpoint(
                format=library.NAME,
                path=path,
                shapes=state.shapes,
                read=state.read,
                changes=library.changes(path, state),
                ignored=state.counters,
                note=f"their moving average, {state.part}" if state.part in AVERAGES else "",
            )
    first = ", ".join(list(state.shapes)[:3]) or "nothing"
    raise DataError(f"{path} must have the names of {', '.join(LIBRARIES)}. Got: {len(state.shapes)} tensors, {first}.")


def names(config: ModelConfig, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Returns where each weight of `config`'s network is; blocks that no such library has are left out."""
    library = LIBRARIES[checkpoint.format]
    found: dict[str, Tensor] = {}
    for unit in units(config):
        if unit.block is not None and unit.block.operator not in OPERATORS:
            continue
        conv, norm = library.layers(config, unit)
        layout = "depthwise" if unit.conv.is_depthwise else "conv"
        found[f"{part_name(unit.conv.name, 'conv')}/kernel"] = Tensor(f"{conv}.weight", layout)
        found |= {f"{part_name(unit.conv.name, 'bn')}/{ours}": Tensor(f"{norm}.{part}") for ours, part in NORM.items()}
        if unit.part == "project" and unit.block is not None and unit.block.se_width:
            for ours, theirs in zip(("reduce", "expand"), library.squeeze(unit), strict=True):
                layer = se_name(unit.block, ours)
                found[f"{layer}/kernel"] = Tensor(f"{theirs}.weight", "conv")
                found[f"{layer}/bias"] = Tensor(f"{theirs}.bias")
    kernel, bias = HEAD
    found[kernel] = Tensor(f"{library.CLASSIFIER}.weight", "dense")
    found[bias] = Tensor(f"{library.CLASSIFIER}.bias")
    return found

"""EfficientNet and EfficientNetV2 of keras.applications: `.h5`, `.weights.h5` and `.keras`, with a top or without."""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.models.weights.checkpoint import Checkpoint, Tensor
from effnetv2_keras.models.weights.hdf5 import open_keras_file
from effnetv2_keras.models.weights.keras_pixels import pixels_of
from effnetv2_keras.models.weights.paths import HEAD, NORM, Unit, se_name, units

NAME = "keras.applications"
# fmt: off
#    part          convolution      batch normalisation
PARTS = {
    "expand":    ("expand_conv",    "expand_bn"),
    "depthwise": ("dwconv",         "bn"),
    "project":   ("project_conv",   "project_bn"),
}
# fmt: on
ENDS = {"stem": "stem", "head": "top"}


def open_checkpoint(path: Path) -> Checkpoint | None:
    """Opens a file whose layers are called as there; None for any other.

    Raises:
        DataError: for a file that is cut off or damaged.
    """
    file = open_keras_file(path)
    if file is None or not any(name.startswith("block1a_project_conv/") for name in file.tensors):
        return None
    pixels = pixels_of(file)
    normalisation = tuple(name for name in file.tensors if name.startswith("normalization"))
    return Checkpoint(
        format=NAME,
        path=path,
        shapes=file.shapes,
        read=file.read,
        changes={} if pixels is None else {"pixels": pixels},
        ignored=(*file.ignored, *normalisation),
    )


def names(config: ModelConfig, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Returns where each weight of `config`'s network is."""
    is_v2 = any("_dwconv2/" in name for name in checkpoint.shapes)
    found: dict[str, str] = {}
    for unit in units(config):
        conv, bn = _layers(unit, is_v2)
        found[f"{unit.conv.name}_conv/kernel"] = f"{conv}/kernel"
        found |= {f"{unit.conv.name}_bn/{weight}": f"{bn}/{weight}" for weight in NORM}
        if unit.block is not None and unit.part == "project" and unit.block.se_width:
            for part in ("reduce", "expand"):
                theirs = f"{_block(unit)}_se_{part}"
                found |= {
                    f"{se_name(unit.block, part)}/{weight}": f"{theirs}/{weight}" for weight in ("kernel", "bias")
                }
    if "predictions/bias" in checkpoint.shapes:
        found |= dict(zip(HEAD, ("predictions/kernel", "predictions/bias"), strict=True))
    return {path: Tensor(name) for path, name in found.items()}


def _layers(unit: Unit, is_v2: bool) -> tuple[str, str]:
    if unit.part in ENDS:
        return f"{ENDS[unit.part]}_conv", f"{ENDS[unit.part]}_bn"
    conv, bn = PARTS.get(unit.part, (unit.part, unit.part))
    if is_v2 and unit.part == "depthwise":
        conv = "dwconv2"
    return f"{_block(unit)}_{conv}", f"{_block(unit)}_{bn}"


def _block(unit: Unit) -> str:
    return f"block{unit.stage}{chr(ord('a') + unit.layer - 1)}"

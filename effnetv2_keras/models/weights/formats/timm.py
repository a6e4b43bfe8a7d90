"""timm's state dicts: `conv_stem`, `blocks.STAGE.NUMBER.conv_pw`, `conv_head`, `classifier`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.torch_networks import REFUSED, TIMM
from effnetv2_keras.errors import DataError
from effnetv2_keras.layers.pixels import FORMULAS
from effnetv2_keras.models.weights.checkpoint import Shape
from effnetv2_keras.models.weights.paths import Unit
from effnetv2_keras.models.weights.state_dict import StateDict, stem_of

NAME = "timm"
CONFIG = "config.json"  # beside the weights in timm's repositories
CLASSIFIER = "classifier"
ENDS = {"stem": ("conv_stem", "bn1"), "head": ("conv_head", "bn2")}
# fmt: off
CONVS = {
    # operator  expands   ours, in the order in which they are numbered, and theirs
    ("mbconv", True):  {"expand": "conv_pw", "depthwise": "conv_dw", "project": "conv_pwl"},
    ("mbconv", False): {"depthwise": "conv_dw", "project": "conv_pw"},
    ("fused",  True):  {"expand": "conv_exp", "project": "conv_pwl"},
    ("fused",  False): {"project": "conv"},
}
# fmt: on


def is_its(shapes: Mapping[str, Shape]) -> bool:
    """Tells whether these are the names of timm."""
    return "conv_stem.weight" in shapes


def layers(config: ModelConfig, unit: Unit) -> tuple[str, str]:
    """Returns what timm calls a convolution of `config` and its normalisation."""
    if unit.block is None:
        return ENDS[unit.part]
    convs = CONVS[unit.block.operator, unit.block.has_expansion]
    number = list(convs).index(unit.part) + 1
    return f"{_block(unit)}.{convs[unit.part]}", f"{_block(unit)}.bn{number}"


def squeeze(unit: Unit) -> tuple[str, str]:
    """Returns what the two convolutions of squeeze-and-excitation in the block of `unit` are called."""
    return f"{_block(unit)}.se.conv_reduce", f"{_block(unit)}.se.conv_expand"


def _block(unit: Unit) -> str:
    return f"blocks.{unit.stage - 1}.{unit.layer - 1}"


def changes(path: Path, state: StateDict) -> dict[str, Any]:
    """Returns what the weights ask of a `ModelConfig`: padding, epsilon, normalisation and, where known, size.

    Raises:
        DataError: if nothing says which network of timm they are of, or ours cannot be that network.
    """
    beside = _config_beside(path)
    said = (state.architecture, stem_of(path), str(beside.get("architecture", "")))
    for text in said:
        for pattern, why in REFUSED:
            if _match(pattern, text):
                raise DataError(f"{path} must be of a network that ours can be. Got: {text}, which has {why}.")
        for pattern, numbers, pixels, by_tag in TIMM:
            match = _match(pattern, text)
            if match:
                found = {**numbers, "pixels": _by_tag(match["tag"], pixels, by_tag)}
                return {**found, **_published(path, beside)} if text == said[-1] else found
    raise DataError(
        f"{path} must say which network of timm it is of, since `tf_` networks pad as TensorFlow does and others as "
        f"PyTorch, under the same names: call it like tf_efficientnetv2_s.safetensors, or put timm's {CONFIG} beside "
        f"it. Got: {', '.join(text for text in said if text)}."
    )


def _match(pattern: str, text: str) -> re.Match[str] | None:
    """Matches the name of a network, perhaps with a tag behind it."""
    return re.match(rf"(?:{pattern})(?:[._-](?P<tag>.+))?$", text)


def _by_tag(tag: str | None, pixels: str, by_tag: dict[str, str]) -> str:
    """Returns the normalisation of weights with a tag such as "ap_in1k" or "ns-c0e6a31c", or without one."""
    if tag is None:
        return by_tag.get("", pixels)
    words = re.split(r"[._-]", tag)
    return next((then for key, then in by_tag.items() if key and any(word.startswith(key) for word in words)), pixels)


def _config_beside(path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path.parent / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _published(path: Path, beside: dict[str, Any]) -> dict[str, Any]:
    """Returns normalisation and evaluation size as timm's own file says them."""
    told = beside.get("pretrained_cfg", {})
    found: dict[str, Any] = {}
    size = told.get("test_input_size") or told.get("input_size")
    if size:
        found["eval_size"] = int(size[-1])
    if "mean" in told and "std" in told:
        found["pixels"] = _pixels(path, told["mean"], told["std"])
    return found


def _pixels(path: Path, mean: list[float], std: list[float]) -> str:
    for name, formula in FORMULAS.items():
        pairs = [*zip(formula.mean * 3, mean, strict=False), *zip(formula.deviation * 3, std, strict=False)]
        if not formula.turns_to_bgr and all(abs(ours - 255 * theirs) < 0.01 for ours, theirs in pairs):
            return name
    raise DataError(f"{path.parent / CONFIG} must have a mean and a std of {', '.join(FORMULAS)}. Got: {mean}, {std}.")

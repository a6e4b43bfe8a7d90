"""Weights of PyTorch as files, drawn again from what tests/goldens/torch_weights.json keeps of them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np

GOLDENS = Path(__file__).parents[1] / "goldens"


def golden_module(name: str) -> ModuleType:
    """Returns one of the modules that wrote the goldens."""
    spec = importlib.util.spec_from_file_location(name, GOLDENS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TIMM = golden_module("make_timm_logits")
LINES = golden_module("layer_lines")
KEPT = json.loads((GOLDENS / "torch_weights.json").read_text())


def tensors_of(key: str, prefix: str = "") -> dict[str, np.ndarray]:
    """Returns the state dict of a network such as "torchvision/efficientnet_b0", counters included."""
    tensors = {}
    for name, shape in LINES.to_shapes(KEPT[key]["layers"]).items():
        is_counter = name.endswith(LINES.COUNTER)
        tensors[f"{prefix}{name}"] = np.array(7) if is_counter else TIMM.draw(name, shape, KEPT[key]["gain"])
    return tensors


def logits_of(key: str) -> dict[int, np.ndarray]:
    """Returns what the library's own network answers, by the size of the images."""
    kept = KEPT[key].get("logits")
    if kept is None:
        kept = json.loads((GOLDENS / "timm_logits.json").read_text())[key.partition("/")[2]]
    return {int(size): np.array(logits) for size, logits in kept.items()}

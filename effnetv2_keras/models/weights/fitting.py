"""Which of our networks a file of weights fits, and what it says about itself."""

from __future__ import annotations

import math

from effnetv2_keras.configs.registry import CONFIGS
from effnetv2_keras.models.weights.assign import classes_in, mismatches
from effnetv2_keras.models.weights.checkpoint import Checkpoint
from effnetv2_keras.models.weights.formats import FORMATS


def fitting(checkpoint: Checkpoint) -> list[str]:
    """Returns the names of the published networks whose weights a checkpoint is, to the last one."""
    names = FORMATS[checkpoint.format].names
    return [name for name, one in CONFIGS.items() if not mismatches(one, names(one, checkpoint), checkpoint)]


def summarise(checkpoint: Checkpoint) -> dict[str, str]:
    """Returns what a person wants to know of a checkpoint, by heading."""
    fits = fitting(checkpoint)
    config = CONFIGS[fits[0]] if fits else next(iter(CONFIGS.values()))
    classes = classes_in(FORMATS[checkpoint.format].names(config, checkpoint), checkpoint)
    tensors = [name for name in checkpoint.shapes if name not in checkpoint.ignored]
    known = checkpoint.weight_set
    found = {
        "format": checkpoint.format,
        "fits": ", ".join(fits) or "none of the published networks",
        "classes": f"{classes:,}" if classes else "no classifier",
        "numbers": f"{sum(math.prod(checkpoint.shapes[name]) for name in tensors):,} in {len(tensors):,} tensors",
        "asks for": ", ".join(f"{name} {value}" for name, value in checkpoint.changes.items())
        or "nothing: see its network",
        "released as": f"{known}, photos as {known.preprocessing!r}, {known.eval_size} px" if known else "not known",
        "left out": ", ".join(checkpoint.ignored[:3]),
        "note": checkpoint.note,
    }
    return {name: value for name, value in found.items() if value}

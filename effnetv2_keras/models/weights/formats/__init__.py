"""The formats of weights, a file each: how to open one, and what it calls our weights.

A format has a `NAME`, `open_checkpoint(path)`, which gives None for what is none of its own, and
`names(config, checkpoint)`, which says where each weight of a network is.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.models.weights.checkpoint import Checkpoint
from effnetv2_keras.models.weights.formats import applications, ours, pytorch, released

FORMATS: dict[str, ModuleType] = {
    **{module.NAME: module for module in (ours, applications)},
    **dict.fromkeys(pytorch.LIBRARIES, pytorch),  # one way to open a file, several to call what is in it
    released.NAME: released,  # after PyTorch, whose `.pth.tar` is no archive
}


def open_weights(path: Path) -> Checkpoint:
    """Opens the weights at `path`, whatever their format.

    Raises:
        UsageError: if nothing is there.
        DataError: if it is of no format, or damaged.
    """
    if not path.exists():
        raise UsageError(f"`weights` must be None, a tag, hf://ORG/NAME or a path that exists. Got: {str(path)!r}.")
    for module in dict.fromkeys(FORMATS.values()):
        checkpoint = module.open_checkpoint(path)
        if checkpoint is not None:
            return checkpoint
    raise DataError(f"`weights` must be of one of these formats: {', '.join(FORMATS)}. Got: {path}.")

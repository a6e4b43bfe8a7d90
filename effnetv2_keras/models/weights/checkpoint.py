"""A file of weights that was opened: what is in it is known, its values are not read yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from effnetv2_keras.configs.weight_sets import WeightSet

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Checkpoint:
    """The tensors of a file by their own names.

    Attributes:
        format: name of its row in the table of formats.
        path: the file or folder.
        shapes: of all tensors, by name.
        read: returns the values of the tensor with this name.
        changes: what the weights ask of a `ModelConfig`: `padding`, `bn_epsilon`, `pixels`.
        ignored: names of tensors that are no weights of a network, such as counters of steps.
        weight_set: the released set, where the file is known to be one.
        note: what a person should know about the choice of tensors, such as that averages were taken.
    """

    format: str
    path: Path
    shapes: Mapping[str, Shape]
    read: Callable[[str], np.ndarray]
    changes: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    weight_set: WeightSet | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where a weight of ours is in a checkpoint.

    Attributes:
        name: of the tensor there.
        layout: how it lies there, of `LAYOUTS`.
    """

    name: str
    layout: str = "same"


# How to turn the axes of a tensor to have ours: kernels (H, W, I, O), depthwise (H, W, C, 1), dense (I, O).
# fmt: off
LAYOUTS: dict[str, tuple[int, ...] | None] = {
    "same":      None,
    "conv":      (2, 3, 1, 0),  # PyTorch (O, I, H, W)
    "depthwise": (2, 3, 0, 1),  # PyTorch (C, 1, H, W)
    "dense":     (1, 0),        # PyTorch (O, I)
}
# fmt: on


def our_shape(shape: Shape, layout: str) -> Shape | None:
    """Returns the shape in our layout of a tensor that lies in `layout`; None if it has other axes."""
    axes = LAYOUTS[layout]
    if axes is None:
        return tuple(shape)
    return tuple(shape[axis] for axis in axes) if len(shape) == len(axes) else None


def our_values(values: np.ndarray, layout: str) -> np.ndarray:
    """Returns `values` in our layout."""
    axes = LAYOUTS[layout]
    return values if axes is None else np.transpose(values, axes)

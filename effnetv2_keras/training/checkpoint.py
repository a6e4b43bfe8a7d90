"""The whole state of a training run in one file, so that it can go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from effnetv2_keras.errors import DataError
from effnetv2_keras.files.atomic import write_whole


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: `epoch` is begun (0-based) and `step` of its steps are done."""

    epoch: int
    step: int = 0


def save_checkpoint(path: Path, model: keras.Model, position: Position) -> None:
    """Writes weights, optimizer, seed generators, counters and `position` to `path`."""
    tensors = map(ops.copy, _state(model))
    arrays = {f"{i:05d}": ops.convert_to_numpy(tensor) for i, tensor in enumerate(tensors)}
    about = json.dumps({**asdict(position), "paths": [variable.path for variable in _state(model)]})

    def write(aside: Path) -> None:
        with aside.open("wb") as file:
            np.savez(file, about=np.array(about), **arrays)

    write_whole(path, write)


def load_checkpoint(path: Path, model: keras.Model) -> Position:
    """Puts `model` (built and compiled as it was) back to the state in `path`.

    Raises:
        DataError: if the file is of another model.
    """
    model.optimizer.build(model.trainable_variables)
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        variables = _state(model)
        shapes = [file[f"{i:05d}"].shape for i in range(len(about["paths"]))]
        if shapes != [tuple(variable.shape) for variable in variables]:
            raise DataError(f"{path} must be of this very model ({len(variables)} variables). Got: {len(shapes)}.")
        for i, variable in enumerate(variables):
            variable.assign(file[f"{i:05d}"])
    return Position(epoch=about["epoch"], step=about["step"])


def _state(model: keras.Model) -> list[keras.Variable]:
    metrics = {id(variable) for metric in model.metrics for variable in metric.variables}
    return [variable for variable in model.variables if id(variable) not in metrics] + model.optimizer.variables

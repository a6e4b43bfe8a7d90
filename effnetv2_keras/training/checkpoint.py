"""The whole state of a training run in one file, so that it can go on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from effnetv2_keras.errors import DataError, TrainingError
from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.runs.history import Row
from effnetv2_keras.training.held_state import write_back


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: `epoch` is begun (0-based) and `step` of its steps are done."""

    epoch: int
    step: int = 0

    def __str__(self) -> str:
        return f"epoch {self.epoch + 1}, after step {self.step}"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run has gathered beside the state of its model.

    Attributes:
        position: where it stands.
        rows: the history up to there.
        metrics: values of the metrics' variables within the epoch.
        steps: that the epoch has in all; 0 where nobody said.
        bad_files: location and reason of each file that turned out to be damaged.
    """

    position: Position
    rows: tuple[Row, ...] = ()
    metrics: tuple[np.ndarray, ...] = ()
    steps: int = 0
    bad_files: tuple[tuple[str, str], ...] = ()


class NotFinite(TrainingError):
    """A loss or a weight is infinite or not a number."""


def save_checkpoint(path: Path, model: keras.Model, progress: Progress | Position) -> None:
    """Writes weights, optimizer, seed generators, counters and `progress` to `path`.

    Raises:
        NotFinite: if a number in it is not finite: nobody could go on from there.
    """
    progress = Progress(progress) if isinstance(progress, Position) else progress
    write_back(model)
    variables = _state(model)
    arrays: dict[str, Any] = {f"{i:05d}": numbers(variable) for i, variable in enumerate(variables)}
    for variable, array in zip(variables, arrays.values(), strict=True):
        if not np.isfinite(array).all():
            raise NotFinite(f"{variable.path} is not finite")
    about = {
        **asdict(progress.position),
        "paths": [variable.path for variable in variables],
        "rows": progress.rows,
        "metrics": len(progress.metrics),
        "steps": progress.steps,
        "bad_files": progress.bad_files,
    }
    metrics: dict[str, Any] = {f"metric_{i:03d}": value for i, value in enumerate(progress.metrics)}

    def write(aside: Path) -> None:
        with aside.open("wb") as file:
            np.savez(file, about=np.array(json.dumps(about)), **arrays, **metrics)

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
        known = {name: file[f"{i:05d}"].shape for i, name in enumerate(about["paths"])}
        shapes = [file[f"{i:05d}"].shape for i in range(len(about["paths"]))]
        if shapes != [tuple(variable.shape) for variable in variables]:
            raise DataError(
                f"{path} must be of this very model ({len(variables)} variables). Got: {len(shapes)}"
                f"{_first_difference(variables, known)}."
            )
        for i, variable in enumerate(variables):
            variable.assign(file[f"{i:05d}"])
    return Position(epoch=about["epoch"], step=about["step"])


def load_progress(path: Path) -> Progress:
    """Reads what stands beside the model's state in `path`."""
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        return Progress(
            Position(about["epoch"], about["step"]),
            tuple(about["rows"]),
            tuple(file[f"metric_{i:03d}"] for i in range(about["metrics"])),
            about["steps"],
            tuple((location, reason) for location, reason in about["bad_files"]),
        )


def numbers(variable: keras.Variable) -> np.ndarray:
    """Returns the value of a variable."""
    return ops.convert_to_numpy(ops.copy(ops.convert_to_tensor(variable)))


def _state(model: keras.Model) -> list[keras.Variable]:
    metrics = {id(variable) for metric in model.metrics for variable in metric.variables}
    return [variable for variable in model.variables if id(variable) not in metrics] + model.optimizer.variables


def _first_difference(variables: Sequence[keras.Variable], known: dict[str, tuple[int, ...]]) -> str:
    for variable in variables:
        shape = tuple(variable.shape)
        if known.get(variable.path, shape) != shape:
            return f"; {variable.path} is {shape} here and {known[variable.path]} there"
    return ""

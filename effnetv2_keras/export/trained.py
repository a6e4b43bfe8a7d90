"""What is to be exported: a model in memory, or a run directory that knows more of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras

from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml
from effnetv2_keras.training.load_run import load_run


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, its class names, its preprocessing, and how well it did where that is known.

    Args:
        model: a `Classifier` or a network.
        labels: a name a class, in order; None where nobody said.
        preprocessing: which part of a photo is seen, as in `make_dataset`; None where nobody said.
        metrics: of the run, by name.
    """

    model: keras.Model
    labels: Sequence[str] | None
    preprocessing: str | None
    metrics: Mapping[str, Any] = field(default_factory=dict)


def open_trained(
    model_or_run: keras.Model | Trained | str | os.PathLike, labels: Sequence[str] | None, preprocessing: str | None
) -> Trained:
    """Opens what is to be exported; labels and preprocessing that are not given are those of the run.

    Raises:
        DataError: if a path is no run directory, or no epoch of it has ended yet.
    """
    if isinstance(model_or_run, Trained):
        return replace(
            model_or_run,
            labels=labels or model_or_run.labels,
            preprocessing=preprocessing or model_or_run.preprocessing,
        )
    if isinstance(model_or_run, keras.Model):
        return Trained(model_or_run, labels, preprocessing)
    run = RunDirectory(model_or_run)
    model = load_run(Path(model_or_run))
    metrics = read_yaml(run.result_file) if run.is_finished else {}
    return Trained(model, labels or run.labels(), preprocessing or run.recipe().crop.family, metrics)

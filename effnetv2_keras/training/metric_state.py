"""What the metrics have counted within an epoch, so that an epoch that goes on reports the whole of it."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from effnetv2_keras.errors import DataError
from effnetv2_keras.training.built_ahead import count_nothing
from effnetv2_keras.training.checkpoint import numbers
from effnetv2_keras.training.held_state import write_back


def metric_values(model: keras.Model) -> tuple[np.ndarray, ...]:
    """Returns what every metric has counted so far."""
    write_back(model)
    return tuple(numbers(variable) for metric in model.metrics for variable in metric.variables)


def set_metric_values(model: keras.Model, values: Sequence[np.ndarray]) -> None:
    """Has every metric go on counting from `values`, as `metric_values` returned them.

    Raises:
        DataError: if they are of other metrics.
    """
    count_nothing(model)
    variables = [variable for metric in model.metrics for variable in metric.variables]
    if [value.shape for value in values] != [tuple(variable.shape) for variable in variables]:
        raise DataError(f"A checkpoint must have {len(variables)} numbers of metrics. Got: {len(values)} others.")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)

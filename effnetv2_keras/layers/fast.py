"""The switch of the training kernels that only TensorFlow has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import keras

VARIABLE = "EFFNETV2_FAST_TRAINING"  # of the environment: 0 switches off


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Tells how the switch stands at first.

    >>> is_wanted({}), is_wanted({"EFFNETV2_FAST_TRAINING": "0"})
    (True, False)
    """
    return environment.get(VARIABLE, "1") != "0"


_state = {"is_on": is_wanted(os.environ)}


def set_fast_training(is_on: bool) -> None:
    """Switches the faster kernels on or off, for steps that are traced from now on.

    On is the default. They are taken by layers of ours that train on a CPU with TensorFlow, in a step that XLA does not
    compile; everywhere else, and in inference and exports, layers are made of stock operations whatever is set here.
    """
    _state["is_on"] = bool(is_on)


def is_fast_training() -> bool:
    """Tells how the switch stands."""
    return _state["is_on"]


def trains_fast(training: Any) -> bool:
    """Tells whether a layer that is called with `training` now takes the faster kernels."""
    if training is not True or not _state["is_on"] or keras.backend.backend() != "tensorflow":
        return False
    from effnetv2_keras.layers.tensorflow.where import runs_fast_kernels

    return runs_fast_kernels()

"""The values of variables that JAX keeps beside them while it trains, evaluates and predicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras


def on_state(variables: Sequence[keras.Variable], values: Sequence[Any], act: Callable[[], Any]) -> tuple[Any, list]:
    """Calls `act` where `variables` hold `values`; returns its result, and the values that it left behind."""
    with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
        result = act()
    return result, [scope.get_current_value(variable) for variable in variables]


def write_back(model: keras.Model) -> None:
    """Writes what the steps of JAX left into the variables of `model`; nothing to do on TensorFlow."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()


def keeping_state(model: keras.Model, function: Callable, names: Sequence[str]) -> Callable:
    """Wraps one of JAX's step functions so that an error in its data leaves the state where `write_back` finds it.

    Keras takes the values out of the variables before the first batch is asked for; an error there loses them.
    """

    def step(state: tuple, iterator: Any) -> Any:
        try:
            return function(state, iterator)
        except BaseException:
            model._jax_state = {f"{name}_variables": part for name, part in zip(names, state, strict=False)}
            model._jax_state_synced = False
            raise

    return step

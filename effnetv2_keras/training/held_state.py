"""Runs code on variables whose values JAX keeps beside them while it trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras


def on_state(variables: Sequence[keras.Variable], values: Sequence[Any], act: Callable[[], Any]) -> tuple[Any, list]:
    """Calls `act` where `variables` hold `values`; returns its result, and the values that it left behind."""
    with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
        result = act()
    return result, [scope.get_current_value(variable) for variable in variables]

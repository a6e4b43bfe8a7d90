"""One function compiled by XLA inside a step that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns `function` compiled: each shape of its arguments when it first comes. It must hold no variables."""
    return tf.function(function, jit_compile=True, autograph=False)


def can_compile_apart() -> bool:
    """Tells whether a part of the step is worth compiling: on one CPU, where the step as a whole is not."""
    return not tf.config.list_physical_devices("GPU") and not tf.distribute.has_strategy()

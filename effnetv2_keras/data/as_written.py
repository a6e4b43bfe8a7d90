"""Functions of the pipeline are traced as they are written.

AutoGraph rewrites the `if` and `for` of a function, and of all that it calls, for TensorFlow. Here `tf.cond` and
`tf.while_loop` stand where they are meant, so that rewriting would change nothing and take most of a start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def as_written(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns `function` for `Dataset.map` and its like, left alone by AutoGraph."""
    return tf.autograph.experimental.do_not_convert(function)

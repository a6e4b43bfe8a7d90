"""The same bits every time, for the whole process, with images still decoded in parallel."""

from __future__ import annotations

import tensorflow as tf

_IS_ASKED = False


def make_deterministic() -> None:
    """Has TensorFlow take only operations that give the same bits every time; there is no way back in a process.

    `keras.utils.set_random_seed` has to be called too, before or after. Call this before datasets are made: those that
    are made from then on decode in a way that TensorFlow may run in parallel.
    """
    global _IS_ASKED
    _IS_ASKED = True
    tf.config.experimental.enable_op_determinism()


def is_deterministic() -> bool:
    """Tells whether `make_deterministic` was called."""
    return _IS_ASKED

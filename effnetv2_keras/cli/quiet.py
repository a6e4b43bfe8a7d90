"""Loads TensorFlow without the notes that it writes before its own log filter is up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_native_notes() -> Iterator[None]:
    """Sends what native code writes to the error stream nowhere; Python's errors still come through as exceptions."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def load_tensorflow() -> None:
    """Imports TensorFlow and lets it say what it says when it starts, unheard."""
    with without_native_notes():
        import tensorflow as tf

        tf.config.list_physical_devices()
        tf.transpose(tf.zeros((1, 1), tf.uint8))  # oneDNN speaks of bytes when it first meets them

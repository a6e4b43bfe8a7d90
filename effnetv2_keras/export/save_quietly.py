"""Writes a SavedModel without TensorFlow's note of where its assets went, which is a folder soon renamed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf


def save_quietly(module: tf.Module, folder: Path, signatures: Mapping[str, Callable]) -> None:
    """Saves `module` with its signatures; warnings still show.

    Gradients that layers define are left out: a frozen graph cannot hold them, and no server asks for them.
    """
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    with log_level(logging.WARNING):
        tf.saved_model.save(module, str(folder), signatures=dict(signatures), options=options)


@contextmanager
def log_level(level: int) -> Iterator[None]:
    """Silences what TensorFlow logs below `level`."""
    logger = tf.get_logger()
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)

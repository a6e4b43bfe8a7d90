"""Writes a SavedModel without TensorFlow's note of where its assets went, which is a folder soon renamed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import tensorflow as tf


def save_quietly(module: tf.Module, folder: Path, signatures: Mapping[str, Callable]) -> None:
    """Saves `module` with its signatures; warnings still show."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        tf.saved_model.save(module, str(folder), signatures=dict(signatures))
    finally:
        logger.setLevel(level)

"""What a training step of a network takes on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable

import keras
import numpy as np

STEPS = 8  # timed, after the first two


def step_seconds(classifier: keras.Model, images: np.ndarray, labels: np.ndarray, steps: int = STEPS) -> float:
    """Returns the seconds of the fastest of a few training steps; the first two, which trace, do not count.

    Where there is no accelerator it is the process's CPU time, which other programs disturb least.

    Args:
        classifier: compiled; its weights change.
        images: (B, H, W, 3) pixels in [0, 255].
        labels: (B,) class numbers.
        steps: timed.
    """
    clock = _clock()
    seconds = []
    for step in range(steps + 2):
        start = clock()
        classifier.train_on_batch(images, labels)
        if step >= 2:
            seconds.append(clock() - start)
    return min(seconds)


def _clock() -> Callable[[], float]:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        has_accelerator = bool(tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU"))
    else:
        import jax

        has_accelerator = jax.default_backend() != "cpu"
    return time.perf_counter if has_accelerator else time.process_time

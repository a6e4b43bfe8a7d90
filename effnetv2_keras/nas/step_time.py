"""What a training step of a network takes on this machine."""

from __future__ import annotations

import time

import keras
import numpy as np
import tensorflow as tf

STEPS = 8  # timed, after the first two: one traces, and one warms up


def step_seconds(classifier: keras.Model, images: np.ndarray, labels: np.ndarray, steps: int = STEPS) -> float:
    """Returns the seconds of the fastest of a few training steps, and leaves `classifier` as it was.

    Where there is no accelerator it is the process's CPU time, which other programs disturb least. The batches have the
    element spec of `make_dataset`, so that training after this is traced no second time.

    Args:
        classifier: compiled.
        images: (B, H, W, 3) uint8 pixels.
        labels: (B,) class numbers.
        steps: timed.
    """
    classifier.optimizer.build(classifier.trainable_variables)
    variables = [*classifier.variables, *classifier.optimizer.variables]
    before = [keras.ops.convert_to_numpy(variable) for variable in variables]
    size = len(images)
    spec = (tf.TensorSpec((size, None, None, 3), tf.uint8), tf.TensorSpec((size,), tf.int32))
    batch = (images.astype("uint8"), labels.astype("int32"))
    data = tf.data.Dataset.from_generator(lambda: (batch for _ in range(steps + 2)), output_signature=spec)
    data = data.apply(tf.data.experimental.assert_cardinality(steps + 2))
    timer = StepTimer()
    classifier.fit(data, epochs=1, verbose=0, callbacks=[timer])
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    return min(timer.seconds[2:])


class StepTimer(keras.callbacks.Callback):
    """Notes what each step takes, in `seconds`."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = time.perf_counter if has_accelerator() else time.process_time
        self.seconds: list[float] = []
        self._start = 0.0

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Starts the clock."""
        self._start = self.clock()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Stops it; the logs are numbers by now, so the step is over."""
        self.seconds.append(self.clock() - self._start)


def has_accelerator() -> bool:
    """Returns whether TensorFlow computes on something else than the processor."""
    return bool(tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU"))

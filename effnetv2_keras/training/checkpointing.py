"""Checkpoints within an epoch, as often as was asked for."""

from __future__ import annotations

import time

import keras

from effnetv2_keras.configs.interval import Interval
from effnetv2_keras.training.recorder import Recorder


class Checkpointing(keras.callbacks.Callback):
    """Has the recorder write a checkpoint after so many steps, or once so much time has gone by since the last one.

    An epoch's end writes one in any case, and the count begins anew there.

    Args:
        recorder: writes them; comes before this among the callbacks.
        interval: how often.
    """

    def __init__(self, recorder: Recorder, interval: Interval) -> None:
        super().__init__()
        self.recorder = recorder
        self.interval = interval
        self._restart()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Begins to count: where the run begins or goes on, and after the checkpoint of an epoch's end."""
        self._restart()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Writes one if it is time."""
        self._steps += 1
        steps, seconds = self.interval.steps, self.interval.seconds
        if (steps and self._steps >= steps) or (seconds and time.monotonic() - self._since >= seconds):
            self.recorder.save_state()
            self._restart()

    def _restart(self) -> None:
        self._steps, self._since = 0, time.monotonic()

"""Ends a run whose best epoch lies behind it."""

from __future__ import annotations

import keras

from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.training.recorder import BEST_BY, Recorder


class EarlyStop(keras.callbacks.Callback):
    """Stops after `patience` epochs of the last phase without a better one; earlier phases always run to their end.

    What it goes by is the run's history, so a run that goes on has waited as long as one that was never broken off.

    Args:
        recorder: keeps the history; comes before this among the callbacks.
        schedule: the phases.
        patience: epochs, at least 1.
    """

    def __init__(self, recorder: Recorder, schedule: Schedule, patience: int) -> None:
        super().__init__()
        self.recorder = recorder
        self.first = schedule.last_phase.first_epoch
        self.patience = patience
        self.stopped_after: int | None = None  # epochs, where it did

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Looks how long ago the best epoch was."""
        if self.is_over():
            self.model.stop_training = True

    def is_over(self) -> bool:
        """Tells whether the history so far ends the run, and notes after which epoch."""
        accuracies = [row[BEST_BY] for row in self.recorder.rows]
        epoch = len(accuracies) - 1
        if epoch < self.first:
            return False
        best = accuracies.index(max(accuracies))
        if epoch - max(best, self.first - 1) < self.patience:
            return False
        self.stopped_after = epoch + 1
        return True

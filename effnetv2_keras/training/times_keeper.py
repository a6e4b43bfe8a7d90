"""Keeps what each epoch took beside the history, which is the same however fast the machine is."""

from __future__ import annotations

from pathlib import Path

import keras

from effnetv2_keras.runs.times import read_times, write_times
from effnetv2_keras.training.progress_bar import ProgressBar


class TimesKeeper(keras.callbacks.Callback):
    """Writes the times that a progress bar has taken; rows of epochs that are trained again are dropped.

    Args:
        bar: has the clock; comes before this among the callbacks.
        path: where to.
        first_epoch: 0-based, where the run begins or goes on.
    """

    def __init__(self, bar: ProgressBar, path: Path, first_epoch: int) -> None:
        super().__init__()
        self.bar = bar
        self.path = path
        self.rows = [row for row in read_times(path) if row["epoch"] <= first_epoch]

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes all rows."""
        took = self.bar.clock.times[-1]
        if not took.steps:  # it went on where only the validation was left
            return
        self.rows.append(
            {
                "epoch": took.epoch,
                "image_size": took.image_size,
                "steps": took.steps,
                "images_per_second": (self.bar.batch_size_at(epoch) or 1) / max(took.step_seconds, 1e-9),
                "seconds": took.seconds,
            }
        )
        write_times(self.path, self.rows)

"""Keeps what a run has learnt: history, best and last weights, and where to go on."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.runs.history import Row, read_history, write_history
from effnetv2_keras.runs.run_directory import RunDirectory
from effnetv2_keras.training.checkpoint import Position, Progress
from effnetv2_keras.training.checkpoint_folder import CheckpointFolder
from effnetv2_keras.training.metric_state import metric_values, set_metric_values

BEST_BY = "val_accuracy"
RATE = "learning_rate"  # after the epoch's last step


class Recorder(keras.callbacks.Callback):
    """Writes to a run directory at the end of every epoch.

    The checkpoint comes first and holds the history too. Everything else follows from it, so a run that was killed
    between the two catches up when it goes on.

    Args:
        run: where to.
        progress: where the run begins or goes on, and what it has gathered.
        keep: how many checkpoints stay.
        epoch_steps: length of every epoch.
        bad_files: damaged files that have been met.
    """

    def __init__(
        self,
        run: RunDirectory,
        progress: Progress,
        *,
        keep: int = 3,
        epoch_steps: Sequence[int] = (),
        bad_files: BadFileLog | None = None,
    ) -> None:
        super().__init__()
        self.run = run
        self.start = progress
        self.position = progress.position
        self.under_way = progress.position  # the step begun last
        self.rows: list[Row] = list(progress.rows)
        self.folder = CheckpointFolder(run.checkpoints, keep)
        self.epoch_steps = epoch_steps
        self.bad_files = bad_files
        # of training, while validation uses the same variables
        self._metrics: tuple[np.ndarray, ...] | None = None
        self._measured: dict[str, float] = {}

    @property
    def best(self) -> float:
        """The best validation accuracy so far, -1 before the first."""
        return max((row[BEST_BY] for row in self.rows), default=-1.0)

    @property
    def has_trained(self) -> bool:
        """Whether anything was done since the run began or went on."""
        return self.position != self.start.position

    def catch_up(self) -> None:
        """Writes what a process that was killed did not come to write.

        Raises:
            OSError: if there is no room for the weights.
        """
        if read_history(self.run.history_file) != self.rows:
            if self.rows and self.position.step == 0:
                self._write_weights(is_best=self.rows[-1][BEST_BY] > _best(self.rows[:-1]))
            write_history(self.run.history_file, self.rows)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Notes where the run stands; the first epoch may begin in its middle, with what it has counted so far.

        Raises:
            DataError: if what was counted is of other metrics.
        """
        if epoch != self.position.epoch:
            self.position = Position(epoch)
        elif self.position.step and self.start.metrics:
            set_metric_values(self.model, self.start.metrics)

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Notes which step is under way."""
        self.under_way = self.position

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Notes where the run stands."""
        self.position = Position(self.position.epoch, self.position.step + 1)

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Notes what training has measured, before validation begins to count with the same variables."""
        self._metrics = metric_values(self.model)
        found = sorted(self.model.get_metrics_result().items())  # in the order that a compiled step gives them in
        self._measured = {name: float(value) for name, value in found}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes everything; the history last, so that it never claims more than is there.

        Raises:
            NotFinite: if a number of the state is not finite; nothing is written then.
            OSError: if there is no room.
        """
        logs = {} if logs is None else logs
        measured = {} if "loss" in logs else self._measured  # of an epoch that went on with its validation
        row = {"epoch": float(epoch + 1), **measured, **{name: float(value) for name, value in logs.items()}}
        row[RATE] = float(ops.convert_to_numpy(self.model.optimizer.learning_rate))
        is_best = row[BEST_BY] > self.best
        self.rows.append(row)
        self.position = Position(epoch + 1)
        self._metrics = None
        self.save_state()
        self._write_weights(is_best)
        write_history(self.run.history_file, self.rows)

    def save_state(self) -> Path:
        """Writes the checkpoint of this moment and returns where.

        Raises:
            NotFinite: if a number in it is not finite.
            OSError: if there is no room; the checkpoints before stay as they were.
        """
        epoch, step = self.position.epoch, self.position.step
        metrics = metric_values(self.model) if self._metrics is None else self._metrics
        progress = Progress(
            self.position,
            tuple(self.rows),
            metrics if step else (),
            self.epoch_steps[epoch] if epoch < len(self.epoch_steps) else 0,
            tuple((bad.location, bad.reason) for bad in self.bad_files.files) if self.bad_files else (),
        )
        return self.folder.save(self.model, progress)

    def _write_weights(self, is_best: bool) -> None:
        save_network(self.run.last_weights, self.model)
        if is_best:
            save_network(self.run.best_weights, self.model)


def save_network(path: Path, model: keras.Model) -> None:
    """Writes the weights of the classifier's network whole.

    Raises:
        OSError: if there is no room; HDF5's own error says neither which file nor, where it closes one, why.
    """
    try:
        write_whole(path, lambda aside: model.save_weights(aside))
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise OSError(getattr(error, "errno", None) or errno.EIO, reason, str(path)) from error


def _best(rows: Sequence[Row]) -> float:
    return max((row[BEST_BY] for row in rows), default=-1.0)

"""Keeps what a run has learnt: history, best and last weights, and where to go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import ops

from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.runs.history import Row, read_history, write_history
from effnetv2_keras.runs.run_directory import RunDirectory
from effnetv2_keras.training.checkpoint import Position, save_checkpoint

BEST_BY = "val_accuracy"
RATE = "learning_rate"  # after the epoch's last step


class Recorder(keras.callbacks.Callback):
    """Writes to a run directory at the end of every epoch.

    Args:
        run: where to.
        position: where the run begins or goes on; rows of later epochs are dropped.
    """

    def __init__(self, run: RunDirectory, position: Position) -> None:
        super().__init__()
        self.run = run
        self.rows: list[Row] = read_history(run.history_file)[: position.epoch]
        self.position = position

    @property
    def best(self) -> float:
        """The best validation accuracy so far, -1 before the first."""
        return max((row[BEST_BY] for row in self.rows), default=-1.0)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Notes where the run stands."""
        if epoch != self.position.epoch:
            self.position = Position(epoch)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Notes where the run stands."""
        self.position = Position(self.position.epoch, self.position.step + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Writes everything; the checkpoint last, so that it never claims more than is there."""
        row = {"epoch": float(epoch + 1), **{name: float(value) for name, value in (logs or {}).items()}}
        row[RATE] = float(ops.convert_to_numpy(self.model.optimizer.learning_rate))
        is_best = row[BEST_BY] > self.best
        self.rows.append(row)
        self.position = Position(epoch + 1)
        save_network(self.run.last_weights, self.model)
        if is_best:
            save_network(self.run.best_weights, self.model)
        write_history(self.run.history_file, self.rows)
        self.save_state()

    def save_state(self) -> None:
        """Writes the checkpoint of this moment."""
        save_checkpoint(self.run.checkpoint, self.model, self.position)


def save_network(path: Path, model: keras.Model) -> None:
    """Writes the weights of the classifier's network whole."""
    write_whole(path, lambda aside: model.save_weights(aside))

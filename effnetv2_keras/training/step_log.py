"""The loss of every single step, as a CSV file that a run which goes on continues."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import IO

import keras

from effnetv2_keras.files.table import write_table
from effnetv2_keras.training.checkpoint import Position, numbers

COLUMNS = ("epoch", "step", "loss")  # both counted from 1; the loss of the step's batch alone


class StepLog(keras.callbacks.Callback):
    """Writes a row a step. Rows of steps that are taken again are dropped.

    Args:
        path: where to.
        position: where the run begins or goes on.
    """

    def __init__(self, path: Path, position: Position) -> None:
        super().__init__()
        self.path = path
        self.start = position
        self.position = position
        self.file: IO[str] | None = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Keeps the rows of steps that are behind, and opens the file for those to come."""
        write_table(self.path, COLUMNS, (list(map(str, row)) for row in read_steps(self.path) if self._is_behind(row)))
        self.file = self.path.open("a", encoding="utf-8", newline="")

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Counts on from where the epoch begins."""
        if epoch != self.position.epoch:
            self.position = Position(epoch)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Writes a row."""
        self.position = Position(self.position.epoch, self.position.step + 1)
        if self.file is not None:
            loss = float(numbers(self.model.batch_loss))
            csv.writer(self.file, lineterminator="\n").writerow(
                (self.position.epoch + 1, self.position.step, repr(loss))
            )
            self.file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self.file is not None:
            self.file.close()

    def _is_behind(self, row: tuple[int, int, str]) -> bool:
        return (row[0] - 1, row[1]) <= (self.start.epoch, self.start.step)


def read_steps(path: Path) -> list[tuple[int, int, str]]:
    """Reads epoch, step and loss of every row; one that was broken off is left out."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        lines = file.read().splitlines(keepends=True)
    rows = [next(csv.reader([line])) for line in lines[1:] if line.endswith("\n")]
    return [(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == len(COLUMNS)]

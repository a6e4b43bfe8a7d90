"""The history of a run as TensorBoard shows it: two curves a figure, training and validation, and every knob."""

from __future__ import annotations

from pathlib import Path

import keras

from effnetv2_keras.runs.history import Row
from effnetv2_keras.training.event_file import EventFile
from effnetv2_keras.training.recorder import Recorder

VALIDATION = "val_"
MEASURED = ("loss", "accuracy")


class TensorBoardLogs(keras.callbacks.Callback):
    """Writes an epoch's row to `train` and `validation` in `folder`, at the epoch's number, 1 for the first.

    Where a run goes on, the logs are written anew from its history and go on from there: no step is there twice, and
    nothing of an epoch that was broken off.

    Args:
        recorder: keeps the history; comes before this among the callbacks.
        folder: where to.
    """

    def __init__(self, recorder: Recorder, folder: Path) -> None:
        super().__init__()
        self.recorder = recorder
        self.folder = folder
        self.files: dict[str, EventFile] = {}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Writes what the history holds."""
        for left in self.folder.glob("*/events.out.tfevents.*"):
            left.unlink()
        self.files = {name: EventFile(self.folder / name) for name in ("train", "validation")}
        for file in self.files.values():
            file.begin(1)
        for row in self.recorder.rows:
            self._write(row)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the newest row."""
        self._write(self.recorder.rows[-1])

    def close(self) -> None:
        """Closes the files."""
        for file in self.files.values():
            file.close()

    def _write(self, row: Row) -> None:
        step = int(row["epoch"])
        values = {name: value for name, value in row.items() if name != "epoch"}
        held = {name.removeprefix(VALIDATION): value for name, value in values.items() if name.startswith(VALIDATION)}
        trained = {_tag(name): value for name, value in values.items() if not name.startswith(VALIDATION)}
        self.files["train"].write(step, trained)
        self.files["validation"].write(step, held)


def _tag(name: str) -> str:
    return name if name in MEASURED else f"schedule/{name}"

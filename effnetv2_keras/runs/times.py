"""What each epoch of a run took, as a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effnetv2_keras.files.table import write_table
from effnetv2_keras.runs.history import Row, read_history

COLUMNS = ("epoch", "image_size", "steps", "images_per_second", "seconds")


def write_times(path: Path, rows: Sequence[Row]) -> None:
    """Writes a row an epoch: px, steps taken, training images a second, and seconds with validation and all."""
    write_table(path, COLUMNS, ([f"{row[name]:.7g}" for name in COLUMNS] for row in rows))


def read_times(path: Path) -> list[Row]:
    """Reads what `write_times` wrote; no rows where there is no file."""
    return read_history(path)

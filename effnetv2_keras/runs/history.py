"""One row an epoch, as a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

from effnetv2_keras.files.table import write_table

Row = dict[str, float]


def write_history(path: Path, rows: list[Row]) -> None:
    """Writes all rows; the columns are those of the first row, `epoch` (1-based) first."""
    columns = list(rows[0]) if rows else []
    write_table(path, columns, ([_exact(row[name]) if name in row else "" for name in columns] for row in rows))


def _exact(value: float) -> str:
    """Writes a number so that reading gives it back; a run that goes on compares with what it read."""
    return repr(float(value)).removesuffix(".0")


def read_history(path: Path) -> list[Row]:
    """Reads what `write_history` wrote; no rows where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]

"""One row an epoch, as a CSV file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from effnetv2_keras.runs.atomic import write_text

Row = dict[str, float]


def write_history(path: Path, rows: list[Row]) -> None:
    """Writes all rows; the columns are those of the first row, `epoch` (1-based) first."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({name: _exact(value) for name, value in row.items()} for row in rows)
    write_text(path, text.getvalue())


def _exact(value: float) -> str:
    """Writes a number so that reading gives it back; a run that goes on compares with what it read."""
    return repr(float(value)).removesuffix(".0")


def read_history(path: Path) -> list[Row]:
    """Reads what `write_history` wrote; no rows where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]

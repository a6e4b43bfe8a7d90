"""Answers as files of a table: Parquet or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effnetv2_keras.data.sources.extras import require
from effnetv2_keras.errors import DataError, unknown_name
from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.inference.predict_batch import COLUMNS

LONGEST_CELL = 2**30  # characters: thousands of labels are more than the csv module takes unasked

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to keep answers.

    Args:
        name: also the ending of its files.
        write: writes columns to a path.
        read_errors: gives the path and the error, None where there is none, of every row.
    """

    name: str
    write: Callable[[Path, Columns], None]
    read_errors: Callable[[Path], Iterator[tuple[str, str | None]]]

    def save(self, path: Path, columns: Columns) -> None:
        """Writes a file that is there whole or not at all."""
        write_whole(path, lambda aside: self.write(aside, columns))

    def errors(self, path: Path, num_rows: int) -> list[tuple[str, str]]:
        """Returns the path and the reason of each image of a file that could not be read.

        Raises:
            DataError: if the file does not have the rows that it was written with.
        """
        rows = list(self.read_errors(path))
        if len(rows) != num_rows:
            raise DataError(f"{path} must have {num_rows} rows: remove it, and run again. Got: {len(rows)}.")
        return [(name, error) for name, error in rows if error is not None]


def get_format(name: str) -> Format:
    """Returns a format by its name.

    Raises:
        UsageError: if there is none, or it needs a library that is not installed.
    """
    if name not in FORMATS:
        raise unknown_name("format", name, FORMATS)
    if name == "parquet":
        arrow_schema()
    return FORMATS[name]


def arrow_schema() -> Any:
    """Returns the Arrow types of the columns.

    Raises:
        UsageError: if pyarrow is not installed.
    """
    with require("parquet"):
        import pyarrow as pa
    kinds = (pa.string(), pa.string(), pa.float64(), pa.list_(pa.string()), pa.list_(pa.float64()), pa.string())
    return pa.schema(list(zip(COLUMNS, kinds, strict=True)))


def _write_parquet(path: Path, columns: Columns) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pydict(columns, arrow_schema()), path)


def _read_parquet(path: Path) -> Iterator[tuple[str, str | None]]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(path).read(["path", "error"])
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path} must be a whole Parquet file: remove it, and run again. Got: {error}") from None
    yield from zip(table.column("path").to_pylist(), table.column("error").to_pylist(), strict=True)


def _write_csv(path: Path, columns: Columns) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(json.dumps(cell, ensure_ascii=False) if isinstance(cell, list) else cell for cell in row)


def _read_csv(path: Path) -> Iterator[tuple[str, str | None]]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                yield row["path"], row["error"] or None
    except (UnicodeDecodeError, csv.Error, KeyError) as error:
        raise DataError(f"{path} must be a whole CSV file: remove it, and run again. Got: {error}.") from None


FORMATS = {
    "parquet": Format("parquet", _write_parquet, _read_parquet),
    "csv": Format("csv", _write_csv, _read_csv),
}

"""The images of a table's rows: files that it names, or bytes that it carries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from effnetv2_keras.data.index_folder import index_file
from effnetv2_keras.data.sources.table_columns import Columns
from effnetv2_keras.data.stores.arrow import ArrowColumn
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.data.stores.store import Store
from effnetv2_keras.errors import DataError
from effnetv2_keras.files.atomic import write_whole


def pictures(columns: Columns, is_bad: list[bool]) -> tuple[list[str], Store]:
    """Returns what each row's image is called, and the store of all of them.

    Args:
        columns: of the table.
        is_bad: whether the table says of each row that its image cannot be used.

    Raises:
        DataError: if a path is no text or leads nowhere, or the images cannot be read.
    """
    if columns.pictures is not None:
        names = [f"{columns.place} row {row}" for row in range(columns.count)]
        kept = str(_as_arrow(columns.place, columns.pictures))
        return names, ArrowColumn([kept], columns.pictures, str(columns.place.parent))
    given = columns.values["path"]
    columns.refuse("Paths must be text", lambda row: not (isinstance(given[row], str) and given[row]), "path")
    paths = [os.path.join(columns.place.parent, path) for path in given]  # noqa: PTH118  a Path a row takes minutes
    there: dict[str, set[str]] = {}

    def is_missing(row: int) -> bool:
        folder, name = os.path.split(paths[row])
        if folder not in there:
            there[folder] = set(os.listdir(folder)) if os.path.isdir(folder) else set()  # noqa: PTH112, PTH208
        return name not in there[folder] and not os.path.exists(paths[row]) and not is_bad[row]  # noqa: PTH110

    columns.refuse(f"Images must be there, relative to {columns.place.parent}", is_missing, "path")
    return paths, Files(paths)


def _as_arrow(path: Path, column: str) -> Path:
    """Returns an Arrow file with the images of a Parquet file, where any row can be read at once; made once."""
    import pyarrow
    from pyarrow import parquet

    kept = index_file([path], f"parquet images {column} 1", ".arrow")

    def batches() -> Iterator[Any]:
        try:
            yield from parquet.ParquetFile(path).iter_batches(64, columns=[column])
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{path} must be a whole Parquet file. Got: {error}") from error

    def convert(aside: Path) -> None:
        schema = pyarrow.schema([parquet.read_schema(path).field(column)])
        with pyarrow.OSFile(str(aside), "wb") as sink, pyarrow.ipc.new_stream(sink, schema) as stream:
            for batch in batches():
                stream.write_batch(batch.cast(schema))

    if not kept.is_file():
        write_whole(kept, convert)
    return kept

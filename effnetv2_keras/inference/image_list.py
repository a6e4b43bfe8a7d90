"""The images of a folder, or those that a list names, in an order that is the same every time."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from effnetv2_keras.data.sources.table_columns import NAMES, csv_rows
from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.answer import image_paths

LISTS = (".txt", ".csv")
UNREADABLE_NAMES = "surrogateescape"  # file names are bytes, and not all are UTF-8


def list_images(source: Path) -> list[str]:
    """Returns the path of every image below a folder, or that a list names.

    Args:
        source: a folder; or a text file with a path a line; or a CSV file with a column of paths, others beside it.
            Paths in a file are relative to its folder, and are kept in its order; they need not be there.

    Raises:
        DataError: if `source` is none of these, or names no image.
    """
    if source.is_dir() or not source.exists():
        return [str(path) for path in image_paths([source])]
    if source.suffix.lower() not in LISTS:
        raise DataError(f"SRC must be a folder of images or a list of paths ({' '.join(LISTS)}). Got: {source}.")
    try:
        names = _column(source) if source.suffix.lower() == ".csv" else _lines(source)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{source} must be a table in UTF-8. Got: {error}.") from None
    if not names:
        raise DataError(f"{source} must name images. Got none.")
    folder = "" if source.parent == Path() else source.parent
    return [os.path.join(folder, name) for name in names]  # noqa: PTH118  a Path a row takes minutes


def sha256_of_names(names: Iterable[str]) -> str:
    """Returns a SHA-256 over names in their order."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode("utf-8", UNREADABLE_NAMES) + b"\0")
    return digest.hexdigest()


def _lines(source: Path) -> list[str]:
    with source.open(encoding="utf-8-sig", errors=UNREADABLE_NAMES, newline="\n") as file:
        return [name for line in file if (name := line.rstrip("\r\n"))]


def _column(source: Path) -> list[str]:
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = csv_rows(file)
        header = [name.strip().lower() for name in next(rows, [])]
        column = next((header.index(name) for name in NAMES["path"] if name in header), None)
        if column is None:
            raise DataError(
                f"{source} must have a column {' or '.join(NAMES['path'])}. Got: {', '.join(header) or 'no columns'}."
            )
        named = [row[column].strip() if column < len(row) else "" for row in rows if row]
    if "" in named:
        raise DataError(f"{source}: Every row must name an image. Got none in row {named.index('') + 2}.")
    return named

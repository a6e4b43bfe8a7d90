"""What a check leaves behind for programs: the manifest of all images, and the names of the bad ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from effnetv2_keras.data.check.findings import Row
from effnetv2_keras.data.check.run import Checked
from effnetv2_keras.data.listing import EVERYTHING
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.table import write_table

MANIFEST, BAD_FILES = "manifest.csv", "bad_files.csv"
COLUMNS = ("id", "location", "sha256", "width", "height", "format", "orientation", "label", "split", "status")
SEVERAL = "|"  # between the labels of one image


def refuse_foreign_manifest(folder: Path) -> None:
    """Refuses a folder whose manifest.csv is a table of somebody else.

    Raises:
        UsageError: if there is one.
    """
    file = folder / MANIFEST
    if file.is_file():
        with file.open(encoding="utf-8", errors="replace") as text:
            header = text.readline().strip()
        if header != ",".join(COLUMNS):
            raise UsageError(f"`--out` must not hold a {MANIFEST} of another kind. Got: {folder}.")


def write_manifest(checked: Checked, folder: Path) -> Path:
    """Writes manifest.csv, a row an image; `open_source` opens it again where images are files.

    Paths are absolute, or relative where the images lie in `folder`. Sizes are px as stored, orientation is EXIF's
    1..8, status is "ok" or the reason. Images with several labels have them separated by `|`.
    """
    table = folder / MANIFEST
    rows = ([str(number), *_cells(checked, row, folder)] for number, row in enumerate(checked.rows))
    write_table(table, COLUMNS, rows)
    return table


def write_bad_files(checked: Checked, folder: Path) -> Path:
    """Writes bad_files.csv: the location of each image that cannot be trained on, and why."""
    table = folder / BAD_FILES
    write_table(table, ("location", "reason"), ([row.location, row.look.status] for row in checked.bad))
    return table


def _cells(checked: Checked, row: Row, folder: Path) -> Iterator[str]:
    look = row.look
    yield _location(checked, row, folder)
    yield look.sha256
    yield from (str(look.header.width), str(look.header.height)) if look.header.format else ("", "")
    yield look.header.format
    yield str(look.header.orientation) if look.header.format else ""
    yield SEVERAL.join(checked.label_names(row))
    yield "" if row.part == EVERYTHING else row.part
    yield look.status


def _location(checked: Checked, row: Row, folder: Path) -> str:
    part = checked.listing.parts.get(row.part)
    if part is None or not isinstance(part.store, Files):
        return row.location
    path = Path(part.store.paths[row.index]).absolute()
    inside = path.is_relative_to(folder.absolute())
    return str(path.relative_to(folder.absolute()) if inside else path)

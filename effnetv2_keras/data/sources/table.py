"""A CSV or Parquet file with a row an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from effnetv2_keras.data.header import FORMATS
from effnetv2_keras.data.labels import Labels
from effnetv2_keras.data.listing import EVERYTHING, Listing, Part
from effnetv2_keras.data.manifest import BadFile, Level
from effnetv2_keras.data.sources.class_labels import Rows, is_set, number_labels, to_labels
from effnetv2_keras.data.sources.image_folder import SPLIT_OF
from effnetv2_keras.data.sources.table_columns import Columns, read_csv, read_parquet
from effnetv2_keras.data.sources.table_pictures import pictures
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.data.stores.store import Store, select
from effnetv2_keras.errors import DataError

READERS = {".csv": read_csv, ".parquet": read_parquet}
MEASURED = ("width", "height", "orientation", "format")  # with all of them no header needs to be read
NUMBERS = (("width", "from 1", 2**31 - 1), ("height", "from 1", 2**31 - 1), ("orientation", "from 1 to 8", 8))
OK = "ok"


def is_table(path: Path) -> bool:
    """Returns whether a path leads to a table, by its name."""
    return path.suffix.lower() in READERS and path.is_file()


def list_table(path: Path) -> Listing:
    """Lists the rows of a table: a path, one or several labels, and what else `effnetv2 data check` writes.

    Paths are relative to the table's folder. Rows of the manifest whose status is not "ok" are bad files.

    Raises:
        UsageError: if reading needs a library that is not installed.
        DataError: if columns or values are not what they must be, with the first rows that are wrong.
    """
    columns = READERS[path.suffix.lower()](path)
    is_bad = [status != OK for status in columns.values.get("status", ())] or [False] * columns.count
    _check_labels(columns, is_bad)
    locations, store = pictures(columns, is_bad)
    labelled = np.array(
        [not bad or bool(label) for bad, label in zip(is_bad, columns.values["label"], strict=True)], bool
    )
    rows = {split: members[labelled[members]] for split, members in _rows_by_split(columns).items()}
    names, labels = _numbered(columns, rows)
    bad = tuple(BadFile(locations[row], columns.values["status"][row]) for row in np.flatnonzero(is_bad))
    parts = {}
    for split, members in rows.items():
        good = np.flatnonzero(~np.array([is_bad[row] for row in members], bool))
        parts[split] = _part(columns, members[good], locations, labels[split][good], store)
    return Listing(str(path), names, parts, bad, needs="at least one row is needed")


def _check_labels(columns: Columns, is_bad: list[bool]) -> None:
    labels = columns.values["label"]

    def is_empty(row: int) -> bool:
        return labels[row] is None or labels[row] == "" or (is_set(labels[row]) and None in labels[row])

    columns.refuse("Labels must not be empty", lambda row: is_empty(row) and not is_bad[row])
    known = columns.class_names
    if known is not None:
        rule = f"Labels must be class numbers from 0 to {len(known) - 1}"
        columns.refuse(rule, lambda row: not all(0 <= value < len(known) for value in _each(labels[row])), "label")
        columns.values["label"] = [_named(label, known) for label in labels]
        return
    columns.refuse(
        "Labels must be names or whole numbers",
        lambda row: (
            not all(
                isinstance(value, (str, int, type(None))) and not isinstance(value, bool)
                for value in _each(labels[row])
            )
        ),
        "label",
    )


def _each(label: Any) -> Sequence[Any]:
    return label if is_set(label) else [label]


def _named(label: Any, names: tuple[str, ...]) -> Any:
    return [names[number] for number in label] if is_set(label) else names[label]


def _rows_by_split(columns: Columns) -> dict[str, np.ndarray]:
    """Returns the rows of each split, those to train on first."""
    given = [str(value or "").strip().lower() for value in columns.values.get("split", ())]
    if set(given) <= {"", EVERYTHING} and len(set(given)) < 2:
        return {EVERYTHING: np.arange(columns.count)}
    columns.refuse(f"Splits must be among {', '.join(SPLIT_OF)}", lambda row: given[row] not in SPLIT_OF, "split")
    splits = np.array([SPLIT_OF[name] for name in given])
    found = {split: np.flatnonzero(splits == split) for split in ("train", "validation", "test")}
    rows = {split: members for split, members in found.items() if len(members)}
    if "train" not in rows:
        raise DataError(f"{columns.place} must have rows of the split 'train'. Got: {', '.join(rows)}.")
    return rows


def _numbered(columns: Columns, rows: dict[str, np.ndarray]) -> tuple[tuple[str, ...], dict[str, Labels]]:
    labels = columns.values["label"]
    if columns.class_names is not None:
        names = columns.class_names
        return names, {split: to_labels([labels[row] for row in members], names) for split, members in rows.items()}
    parts: dict[str, Rows] = {
        split: ([f"row {row + columns.first}" for row in members], [labels[row] for row in members])
        for split, members in rows.items()
    }
    return number_labels(parts, str(columns.place))


def _part(columns: Columns, rows: np.ndarray, locations: list[str], labels: Labels, store: Store) -> Part:
    sha256 = columns.values.get("sha256")
    hashes = tuple(sha256[row] for row in rows) if sha256 and all(sha256[row] for row in rows) else None
    picked = Files([locations[row] for row in rows]) if isinstance(store, Files) else select(store, rows)
    names = tuple(locations[row] for row in rows)
    return Part(names, labels, picked, _level(columns, rows, picked), (), hashes)


def _level(columns: Columns, rows: np.ndarray, store: Store) -> Level | None:
    """Returns sizes, orientations and formats where the table has them for every row."""
    kept = columns.values
    if any(name not in kept or any(kept[name][row] in ("", None) for row in rows) for name in MEASURED):
        return None
    wanted = set(rows.tolist())
    for name, rule, most in NUMBERS:
        wrong = {row for row in wanted if not _is_number(kept[name][row], most)}
        columns.refuse(f"`{name}` must be a whole number {rule}", wrong.__contains__, name)
    columns.refuse(
        f"`format` must be among {', '.join(FORMATS)}",
        lambda row: row in wanted and kept["format"][row] not in FORMATS,
        "format",
    )
    width, height, orientation = (np.array([int(kept[name][row]) for row in rows], np.int32) for name, _, _ in NUMBERS)
    formats = np.array([kept["format"][row] for row in rows], "<U4")
    return Level(store, np.stack([height, width], axis=1).reshape(-1, 2), orientation, formats)


def _is_number(value: Any, most: int) -> bool:
    try:
        return 1 <= int(value) <= most
    except (TypeError, ValueError):
        return False

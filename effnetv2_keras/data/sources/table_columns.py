"""The columns of a CSV or Parquet file, under the names that are used here."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from effnetv2_keras.data.sources.extras import require
from effnetv2_keras.data.sources.image_folder import some
from effnetv2_keras.errors import DataError

# fmt: off
# as read          what people and `effnetv2 data check` write above it
NAMES = {
    "path":        ("path", "location", "image", "file", "filename"),
    "label":       ("label", "labels"),
    "split":       ("split",),
    "id":          ("id",),
    "width":       ("width",),
    "height":      ("height",),
    "orientation": ("orientation",),
    "format":      ("format",),
    "sha256":      ("sha256",),
    "status":      ("status",),
}
# fmt: on
MEANING = {name: column for column, names in NAMES.items() for name in names}
DELIMITERS = ",;\t"
WHOLE = re.compile("0|-?[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Columns:
    """A table that was read.

    Args:
        place: its path.
        values: by the keys of `NAMES`; the column that holds the images themselves is not among them.
        count: N.
        first: number of the first row in messages: 2 below the header of a CSV file, 0 in a Parquet file.
        pictures: name of the Parquet column that holds the images themselves.
        class_names: where a Hugging Face library left them.
    """

    place: Path
    values: dict[str, list[Any]]
    count: int
    first: int
    pictures: str | None = None
    class_names: tuple[str, ...] | None = None

    def refuse(self, rule: str, is_wrong: Callable[[int], bool], shown: str = "") -> None:
        """Refuses a table, with the first rows that are wrong, if any is.

        Args:
            rule: what must hold.
            is_wrong: asked for each row.
            shown: the column whose value is told.

        Raises:
            DataError: if any row is wrong.
        """
        wrong = [row for row in range(self.count) if is_wrong(row)]
        if not wrong:
            return
        told = [
            f"{self.values[shown][row]!r} in row {row + self.first}" if shown else f"row {row + self.first}"
            for row in wrong[:3]
        ]
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise DataError(f"{self.place}: {rule}. Got {', '.join(told)}{more}.")


def csv_rows(file: TextIO) -> Iterator[list[str]]:
    """Yields the rows of a CSV file, parted by whichever of `DELIMITERS` its first line has most of."""
    delimiter = max(DELIMITERS, key=file.readline().count)
    file.seek(0)
    yield from csv.reader(file, delimiter=delimiter, strict=True)


def read_csv(path: Path) -> Columns:
    """Reads a CSV file with a header, separated by commas, semicolons or tabs; every value is text.

    Raises:
        DataError: if it is no text, a row has too many or too few values, or a column is unknown.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = list(csv_rows(file)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} must be a CSV file in UTF-8. Got: {error}.") from error
    while rows and not rows[-1]:
        rows.pop()
    meanings = _meanings(path, header)
    columns = Columns(path, {}, len(rows), 2)
    columns.refuse(
        f"Every row must have {len(header)} values, as the header has", lambda i: len(rows[i]) != len(header)
    )
    for number, meaning in meanings.items():
        columns.values[meaning] = [row[number].strip() for row in rows]
    if "label" in columns.values:
        is_several = (
            header[next(n for n, meaning in meanings.items() if meaning == "label")].strip().lower() == "labels"
        )
        columns.values["label"] = _labels(columns, is_several)
    return columns


def read_parquet(path: Path) -> Columns:
    """Reads a Parquet file but for the bytes of its images.

    Raises:
        UsageError: if pyarrow is not installed.
        DataError: if it is no Parquet file or a column is unknown.
    """
    with require("parquet"):
        import pyarrow
        from pyarrow import parquet
    try:
        file = parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path} must be a Parquet file. Got: {error}") from error
    schema = file.schema_arrow
    meanings = _meanings(path, schema.names)
    pictures = next(
        (schema.names[n] for n, m in meanings.items() if m == "path" and holds_bytes(schema.field(n))), None
    )
    wanted = {schema.names[n]: meaning for n, meaning in meanings.items() if schema.names[n] != pictures}
    try:
        table = file.read(list(wanted))
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path} must be a whole Parquet file. Got: {error}") from error
    values = {meaning: table.column(name).to_pylist() for name, meaning in wanted.items()}
    label = next((name for name, meaning in wanted.items() if meaning == "label"), None)
    names = _hugging_face_names(schema.metadata or {}, label)
    return Columns(path, values, file.metadata.num_rows, 0, pictures, names)


def holds_bytes(field: Any) -> bool:
    """Returns whether an Arrow field holds images: bytes, or the struct of bytes and path that Hugging Face writes."""
    import pyarrow

    kind = field.type
    if pyarrow.types.is_struct(kind):
        return {kind.field(number).name for number in range(kind.num_fields)} == {"bytes", "path"}
    return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))


def _meanings(path: Path, header: Iterable[str]) -> dict[int, str]:
    """Returns what each column means by its place."""
    names = [name.strip() for name in header]
    unknown = [name for name in names if name.lower() not in MEANING]
    if unknown:
        raise DataError(f"Columns of {path} must be among {', '.join(MEANING)}. Got also: {some(unknown)}.")
    meanings = {number: MEANING[name.lower()] for number, name in enumerate(names)}
    for needed in ("path", "label"):
        given = [names[number] for number, meaning in meanings.items() if meaning == needed]
        if not given:
            raise DataError(
                f"{path} must have a column {' or '.join(NAMES[needed])}. Got: {some(names) or 'no columns'}."
            )
        if len(given) > 1:
            raise DataError(f"{path} must have one column of {', '.join(NAMES[needed])}. Got: {', '.join(given)}.")
    return meanings


def _labels(columns: Columns, is_several: bool) -> list[Any]:
    """Returns the labels of a CSV file: numbers where all are, sets of them where the column says so.

    In a manifest of `effnetv2 data check` they are names, whatever they look like; one | says that all are sets.
    """
    texts = columns.values["label"]
    if "status" in columns.values:
        return [text.split("|") if text else [] for text in texts] if any("|" in text for text in texts) else texts
    if not is_several:
        return _as_numbers(texts)
    columns.refuse("Labels must not be empty; [] says that nothing is shown", lambda i: not texts[i], "label")
    sets: list[list[Any] | None] = [_set(text) for text in texts]
    columns.refuse("Labels must be separated by | or a JSON list", lambda i: sets[i] is None, "label")
    flat = iter(_as_numbers([value if isinstance(value, int) else str(value) for row in sets for value in row or ()]))
    return [[next(flat) for _ in row or ()] for row in sets]


def _set(text: str) -> list[Any] | None:
    if not text.startswith("["):
        return [part.strip() for part in text.split("|")]
    try:
        values = json.loads(text)
    except json.JSONDecodeError:
        return None
    return values if all(isinstance(value, (str, int)) and not isinstance(value, bool) for value in values) else None


def _as_numbers(values: list[Any]) -> list[Any]:
    """Returns whole numbers where every value is one as it is usually written, else text."""
    texts = [str(value) for value in values]
    return [int(text) for text in texts] if all(WHOLE.fullmatch(text) for text in texts) else texts


def _hugging_face_names(metadata: dict[bytes, bytes], label: str | None) -> tuple[str, ...] | None:
    """Returns the class names that Hugging Face keeps beside the schema."""
    try:
        feature = json.loads(metadata[b"huggingface"])["info"]["features"][label]
        feature = feature.get("feature", feature)
        return tuple(feature["names"]) if feature["_type"] == "ClassLabel" else None
    except (KeyError, TypeError, AttributeError, ValueError):
        return None

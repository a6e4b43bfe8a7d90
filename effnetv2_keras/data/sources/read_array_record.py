"""Reads an ArrayRecord file from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from effnetv2_keras.data.sources.extras import require
from effnetv2_keras.errors import DataError


def read_array_record(path: Path, expected: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yields 0 and the bytes of each record: photos are looked for inside records, not inside the file.

    Args:
        path: the file.
        expected: how many records it must have; None where nobody has written it down.

    Raises:
        UsageError: if array-record is not installed.
        DataError: if it is empty, damaged or cut short.
    """
    with require("arrayrecord"):
        from array_record.python.array_record_module import ArrayRecordReader

    of = "" if expected is None else f" of {expected}"
    reader = ArrayRecordReader(str(path))
    count, total = 0, reader.num_records()
    if not reader.ok():
        raise DataError(f"Shard {path} must be a whole ArrayRecord file. Got: {_why(reader)}.")
    try:
        while count < total:
            (record,) = reader.read([count])
            yield 0, record
            count += 1
    except (RuntimeError, ValueError) as error:
        raise DataError(f"Shard {path} must be whole. Got: damage after {count}{of} records ({error}).") from error
    finally:
        if reader.ok() and reader.is_open():
            reader.close()
    if total == 0 or (expected is not None and count != expected):
        raise DataError(f"Shard {path} must have {expected or 'some'} records. Got: {count}.")


def _why(reader: object) -> str:
    """Returns what has gone wrong, which the library tells only when it closes a file."""
    try:
        reader.close()  # type: ignore[attr-defined]
    except RuntimeError as error:
        return str(error) or "it is cut short or damaged"
    return "it is cut short or damaged"

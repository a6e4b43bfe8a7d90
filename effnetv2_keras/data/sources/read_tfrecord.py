"""Reads a TFRecord shard from end to end, with TFRecord's own checksums."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from effnetv2_keras.errors import DataError

HEAD, TAIL = 12, 4  # bytes before and after each record: its length, and checksums
GZIP = b"\x1f\x8b\x08"
BUFFER = 8 << 20  # bytes read at a time


def read_tfrecord(path: Path, expected: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yields where each record begins in the file, and its bytes.

    Args:
        path: the shard.
        expected: how many records it must have; None where nobody has written it down.

    Raises:
        DataError: if it is compressed, empty, damaged or cut short.
    """
    import tensorflow as tf

    of = "" if expected is None else f" of {expected}"
    with path.open("rb") as file:
        start = file.read(len(GZIP))
    if start == GZIP:
        raise DataError(f"Shard {path} must not be compressed. Got: GZIP, in which no photo can be found on its own.")
    if not start and expected != 0:
        raise DataError(f"Shard {path} must have records. Got: an empty file{of and f', 0{of} records'}.")
    count = offset = 0
    try:
        for record in tf.data.TFRecordDataset(str(path), buffer_size=BUFFER).as_numpy_iterator():
            yield offset + HEAD, record
            offset += HEAD + len(record) + TAIL
            count += 1
    except tf.errors.DataLossError as error:
        kind = "the file ends inside a record" if "truncated" in error.message else "a checksum does not match"
        raise DataError(f"Shard {path} must be whole. Got: damage after {count}{of} records, {kind}.") from error
    if expected is not None and count != expected:
        raise DataError(f"Shard {path} must have {expected} records. Got: {count}.")

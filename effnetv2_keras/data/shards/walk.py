"""Counts the records of a TFRecord file by their frames.

Source: TFRecord format: 8 bytes of length, 4 of its checksum, the record, 4 bytes of its checksum.
"""

from __future__ import annotations

import struct
from pathlib import Path

FRAME_BYTES, TAIL_BYTES = 12, 4


def count_records(path: Path) -> int:
    """Returns how many whole records a file holds before its end or the first frame that leads beyond it."""
    size, position, count = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        while position + FRAME_BYTES <= size:
            file.seek(position)
            (length,) = struct.unpack("<Q", file.read(8))
            position += FRAME_BYTES + length + TAIL_BYTES
            if position > size:
                break
            count += 1
    return count

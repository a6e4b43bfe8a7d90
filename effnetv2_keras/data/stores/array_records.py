"""Photos inside the records of ArrayRecord files."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from effnetv2_keras.data.stores.records import check
from effnetv2_keras.errors import DataError

OPTIONS = "readahead_buffer_size:0"  # one record at a time, from any place


class ArrayRecords:
    """Reads photos by the number of their record, and sees that they are still the same.

    Args:
        paths: the files.
        shards: (N,) int32, which of them holds each photo.
        records: (N,) int64, the number of its record in the file.
        offsets: (N,) int64, where its bytes begin in the record.
        lengths: (N,) int64, how many they are.
        checksums: (N,) uint32, zlib.crc32 of them.
    """

    def __init__(
        self,
        paths: Sequence[str],
        shards: np.ndarray,
        records: np.ndarray,
        offsets: np.ndarray,
        lengths: np.ndarray,
        checksums: np.ndarray,
    ) -> None:
        self.paths = tuple(paths)
        self.shards, self.records = shards, records
        self.offsets, self.lengths, self.checksums = offsets, lengths, checksums
        self._readers: dict[int, Any] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return ArrayRecords, (self.paths, self.shards, self.records, self.offsets, self.lengths, self.checksums)

    def read(self, index: int) -> bytes:
        """Returns the bytes of a photo.

        Raises:
            DataError: if the file cannot be read, or has changed since it was indexed.
        """
        begin, length = int(self.offsets[index]), int(self.lengths[index])
        try:
            (record,) = self._reader(int(self.shards[index])).read([int(self.records[index])])
        except (RuntimeError, IndexError, ValueError) as error:
            raise DataError(f"cannot be read: {error}") from error
        data = record[begin : begin + length]
        check(data, length, int(self.checksums[index]))
        return data

    def _reader(self, shard: int) -> Any:
        """Returns the one reader of a file; it may be used by several threads at once."""
        from array_record.python.array_record_module import ArrayRecordReader

        with self._lock:
            if shard not in self._readers:
                self._readers[shard] = ArrayRecordReader(self.paths[shard], OPTIONS)
            return self._readers[shard]

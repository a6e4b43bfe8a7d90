"""Photos inside the records of shards."""

from __future__ import annotations

import os
import weakref
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from effnetv2_keras.errors import DataError

KEPT_OPEN = 256  # shards; a process may have 1024 files open on many systems


class Records:
    """Reads photos from where they were found inside files, and sees that they are still the same.

    Args:
        paths: the shards.
        shards: (N,) int32, which of them holds each photo.
        offsets: (N,) int64, where its bytes begin in the file.
        lengths: (N,) int64, how many they are.
        checksums: (N,) uint32, zlib.crc32 of them.
    """

    def __init__(
        self,
        paths: Sequence[str],
        shards: np.ndarray,
        offsets: np.ndarray,
        lengths: np.ndarray,
        checksums: np.ndarray,
    ) -> None:
        self.paths = tuple(paths)
        self.shards, self.offsets, self.lengths, self.checksums = shards, offsets, lengths, checksums
        self._handles: dict[int, int] = {}
        self._close = weakref.finalize(self, _close_all, self._handles)

    def __reduce__(self) -> tuple[Any, ...]:
        return Records, (self.paths, self.shards, self.offsets, self.lengths, self.checksums)

    def read(self, index: int) -> bytes:
        """Returns the bytes of a photo.

        Raises:
            OSError: if the shard cannot be read.
            DataError: if it has changed since it was indexed.
        """
        shard = int(self.shards[index])
        handle = self._handles.get(shard)
        if handle is not None:
            data = os.pread(handle, int(self.lengths[index]), int(self.offsets[index]))
        else:
            data = self._read_anew(shard, int(self.lengths[index]), int(self.offsets[index]))
        check(data, int(self.lengths[index]), int(self.checksums[index]))
        return data

    def _read_anew(self, shard: int, length: int, offset: int) -> bytes:
        handle = os.open(self.paths[shard], os.O_RDONLY)
        is_kept = len(self._handles) < KEPT_OPEN and self._handles.setdefault(shard, handle) == handle
        try:
            return os.pread(handle, length, offset)
        finally:
            if not is_kept:
                os.close(handle)


def check(data: bytes, length: int, checksum: int) -> None:
    """Refuses bytes that are not those that were indexed.

    Raises:
        DataError: if they differ.
    """
    if len(data) != length or zlib.crc32(data) != checksum:
        raise DataError("damaged, or changed since it was indexed")


def _close_all(handles: dict[int, int]) -> None:
    for handle in handles.values():
        os.close(handle)
    handles.clear()

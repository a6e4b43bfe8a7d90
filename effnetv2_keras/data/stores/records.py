"""Photos inside larger files, at places that an index knows."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from effnetv2_keras.errors import DataError


class Records:
    """Reads pieces of files, whichever is asked for, and checks them.

    Args:
        files: paths.
        file: (N,) int, which of the files each photo lies in.
        offset: (N,) int64, where in it the photo's bytes begin.
        length: (N,) int64, how many they are.
        crc: (N,) uint32, `zlib.crc32` of them.
    """

    def __init__(
        self, files: Sequence[str], file: np.ndarray, offset: np.ndarray, length: np.ndarray, crc: np.ndarray
    ) -> None:
        self.files = tuple(files)
        self.file = np.asarray(file, np.int32)
        self.offset = np.asarray(offset, np.int64)
        self.length = np.asarray(length, np.int64)
        self.crc = np.asarray(crc, np.uint32)

    def read(self, index: int) -> bytes:
        """Returns the photo's bytes.

        Raises:
            OSError: if the file cannot be read.
            DataError: if the bytes are not those that were indexed.
        """
        path = self.files[self.file[index]]
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  a Path costs as much as the reading
            file.seek(int(self.offset[index]))
            data = file.read(int(self.length[index]))
        if len(data) != self.length[index] or zlib.crc32(data) != self.crc[index]:
            raise DataError(f"{path} must hold what was indexed at byte {self.offset[index]}. Got other bytes.")
        return data

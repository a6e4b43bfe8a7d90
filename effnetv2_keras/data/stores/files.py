"""Photos that are files of their own."""

from __future__ import annotations

from collections.abc import Sequence


class Files:
    """Reads files by their path."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)

    def read(self, index: int) -> bytes:
        """Returns the file's bytes."""
        with open(self.paths[index], "rb") as file:  # noqa: PTH123  a Path costs as much as the reading
            return file.read()

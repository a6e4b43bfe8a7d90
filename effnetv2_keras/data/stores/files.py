"""Photos that are files of their own."""

from __future__ import annotations

from collections.abc import Sequence

from effnetv2_keras.data.stores.store import Selected, Store


class Files:
    """Reads files by their path."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)

    def read(self, index: int) -> bytes:
        """Returns the file's bytes."""
        with open(self.paths[index], "rb") as file:  # noqa: PTH123  a Path costs as much as the reading
            return file.read()


def paths_of(store: Store) -> list[str] | None:
    """Returns the paths of a store of files, or of some of them; None for any other store."""
    if isinstance(store, Selected) and isinstance(store.store, Files):
        return [store.store.paths[index] for index in store.indices]
    return list(store.paths) if isinstance(store, Files) else None

"""Keeps encoded photos nearer than where they come from."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from effnetv2_keras.data.stores.store import Store
from effnetv2_keras.errors import UsageError

Cache = Literal["ram", "disk"]


class InMemory:
    """Keeps every photo that was read once in memory."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.kept: dict[int, bytes] = {}

    def read(self, index: int) -> bytes:
        """Returns the photo, from memory where it was read before."""
        data = self.kept.get(index)
        if data is None:
            data = self.kept[index] = self.store.read(index)
        return data


class OnDisk:
    """Keeps every photo that was read once as a file of a folder on a local disk.

    Args:
        store: where the photos come from.
        folder: one folder for one data set.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder

    def read(self, index: int) -> bytes:
        """Returns the photo, from the folder where it was read before."""
        file = self.folder / f"{index // 1000:06d}" / f"{index:09d}"
        try:
            return file.read_bytes()
        except FileNotFoundError:
            data = self.store.read(index)
            file.parent.mkdir(parents=True, exist_ok=True)
            aside = file.with_name(f".{os.getpid()}-{threading.get_ident()}-{file.name}")
            aside.write_bytes(data)
            aside.replace(file)  # whole or not there: other threads and processes read while this one writes
            return data


def cached(store: Store, cache: Cache | None, locations: Iterable[str]) -> Store:
    """Puts a cache before `store`.

    Args:
        store: where the photos come from.
        cache: "ram", "disk" (a folder of the system's place for temporary files, named after the data) or None.
        locations: what the photos are called; another list is another cache.

    Raises:
        UsageError: if `cache` is none of these.
    """
    if cache is None:
        return store
    if cache == "ram":
        return InMemory(store)
    if cache == "disk":
        name = hashlib.sha256("\n".join(locations).encode()).hexdigest()[:16]
        return OnDisk(store, Path(tempfile.gettempdir()) / "effnetv2_keras" / name)
    raise UsageError(f"`cache` must be 'ram', 'disk' or None. Got: {cache!r}.")

"""What every store promises."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Store(Protocol):
    """Gives the encoded image at an index; may be called from several threads, and is pickled to other processes."""

    def read(self, index: int) -> bytes:
        """Returns the bytes of an image file.

        Raises:
            OSError: if they cannot be read.
            DataError: if they are not what was indexed.
        """


class Selected:
    """Some rows of a store, in an order of their own."""

    def __init__(self, store: Store, indices: np.ndarray) -> None:
        self.store = store
        self.indices = np.asarray(indices, np.int64)

    def read(self, index: int) -> bytes:
        """Returns the image at row `index` of the selection."""
        return self.store.read(int(self.indices[index]))


def select(store: Store, indices: np.ndarray) -> Store:
    """Returns rows of `store`; selections of selections are one step, not two."""
    if isinstance(store, Selected):
        return Selected(store.store, store.indices[indices])
    return Selected(store, indices)

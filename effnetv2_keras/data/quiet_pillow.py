"""Pillow's warnings, held back where several threads open images."""

from __future__ import annotations

import threading
import warnings
from contextlib import ExitStack


class _WithoutWarnings:
    """Ignores warnings while any thread is inside.

    `warnings.catch_warnings` keeps and restores what holds for the whole process: of two threads inside, the first to
    leave would let the other one's warnings out, and the second would leave them ignored for good.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._filters.enter_context(warnings.catch_warnings(action="ignore"))
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._filters.close()


WITHOUT_WARNINGS = _WithoutWarnings()

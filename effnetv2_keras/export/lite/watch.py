"""Who is told how far a long export is."""

from __future__ import annotations

from collections.abc import Callable

Told = Callable[[str, int, int], None]  # what is being done, and how many of how many


class Watch:
    """Passes on what is being done and how far it is; to nobody where nobody watches."""

    def __init__(self, told: Told | None = None) -> None:
        self._told = told
        self._doing = ""

    def begin(self, doing: str) -> None:
        """Begins something; how long it takes is not known."""
        self._doing = doing
        self.advance(0, 0)

    def advance(self, done: int, total: int) -> None:
        """Tells how many of how many are done."""
        if self._told is not None:
            self._told(self._doing, done, total)

"""A cell that reads facts off the package's own tables: nothing is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from paper import pictures
from paper.bench import Bench
from paper.experiment import Lines, Measured, Tell


@dataclass(frozen=True, slots=True)
class Printed:
    """Keeps a text.

    Attributes:
        text: what is kept.
    """

    text: str
    is_seeded = False
    cost = 0.01

    def run(self, seed: int, bench: Bench, tell: Tell) -> dict:
        """Returns it."""
        return {"seconds": 0.0, "text": self.text}


def draw_lines(make: Callable[[list[Measured]], Lines]) -> Callable[[list[Measured], Path], None]:
    """Returns what draws the lines that `make` gives, in columns of text."""
    return partial(_draw, make)


def _draw(make: Callable[[list[Measured]], Lines], cells: list[Measured], path: Path) -> None:
    lines = make(cells)
    rows = [list(lines[0]), *(list(line.values()) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    pictures.printed("\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows), path)


def agrees(lines: Lines, ours: str, theirs: str) -> str:
    """Returns the sentence for a table whose columns `ours` and `theirs` must be the same."""
    other = [line for line in lines if line[ours] != line[theirs]]
    if not other:
        return f"Agrees: all {len(lines)} lines are as published."
    return f"Disagrees: {len(other)} of {len(lines)} lines are not as published."

"""What a table or a figure of a paper is here: cells to run, and what their figures are made into."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from paper.presets import Preset

if TYPE_CHECKING:
    from paper.bench import Bench

Measured = dict  # of one cell: what its work returned, with "group", "way" and "seed"
Lines = list[dict[str, str]]  # of a table: text by column
Tell = Callable[[float], None]  # is told which share of a cell is done


class Work(Protocol):
    """What a cell does. A frozen dataclass, whose `repr` says all that its figures depend on beside the seed."""

    is_seeded: bool

    @property
    def cost(self) -> float:
        """About how many seconds of CPU it takes; for the time left alone."""

    def run(self, seed: int, bench: Bench, tell: Tell) -> dict:
        """Does it and returns figures that JSON can hold, "seconds" of CPU among them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a table, to be measured.

    Attributes:
        group: cells of a group are compared with each other.
        way: what this one is within its group.
        work: what is done. Equal work is done once, in whatever table it stands.
    """

    group: str
    way: str
    work: Work

    @property
    def settings(self) -> str:
        """Tells this work from any other."""
        return hashlib.sha256(repr(self.work).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Experiment:
    """A table or a figure.

    Attributes:
        name: on the command line.
        title: what it shows.
        source: where it stands in which paper.
        cells: what is to be measured under a preset.
        table: makes lines of what was measured, the published numbers among the columns.
        draw: writes the picture.
        verdict: says in a sentence whether what was measured agrees with the paper.
        is_counted: whether the verdict rests on what is counted, which is the same under every preset.
        note: how the small presets differ from the published setting.
    """

    name: str
    title: str
    source: str
    cells: Callable[[Preset], list[Cell]]
    table: Callable[[list[Measured]], Lines]
    draw: Callable[[list[Measured], Path], None]
    verdict: Callable[[list[Measured]], str]
    is_counted: bool = False
    note: str = ""

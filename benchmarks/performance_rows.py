"""How the performance page reads a ratio from a benchmark's stored figures, and the goal beside it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Figures = dict[str, Any]
Read = Callable[[Figures], float | None]  # a ratio, None where the figures lack it


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a ratio: at least (`is_least`) or at most `value`."""

    value: float
    is_least: bool = True
    unit: str = ""

    def __str__(self) -> str:
        return f"{'at least' if self.is_least else 'at most'} {self.value:g}{self.unit}"

    def is_met(self, ratio: float) -> bool:
        """Tells whether a ratio, rounded as it is shown, is on the right side."""
        shown = round(ratio, 2)
        return shown >= self.value if self.is_least else shown <= self.value


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table.

    Attributes:
        benchmark: the script, and what its files begin with.
        what: is measured, at which setting.
        peer: it is held against.
        goal: of the ratio.
        ratio: reads it from the figures; None where they lack it.
        file: what the files begin with, where that is not the script's name.
    """

    benchmark: str
    what: str
    peer: str
    goal: Goal
    ratio: Read
    file: str = ""

    @property
    def prefix(self) -> str:
        """What the stored files begin with."""
        return self.file or self.benchmark


def least(value: float, unit: str = "") -> Goal:
    return Goal(value, True, unit)


def most(value: float, unit: str = "") -> Goal:
    return Goal(value, False, unit)


def row(column: str, *, per: str | None = None, **wanted: object) -> Read:
    """Returns what reads `column` of the first row that is as `wanted`, over its column `per` where one is given."""

    def read(figures: Figures) -> float | None:
        for one in figures["rows"]:
            if all(one.get(name) == value for name, value in wanted.items()):
                return one[column] / (one[per] if per else 1)
        return None

    return read


def share(column: str, **wanted: object) -> Read:
    """Returns what reads `column` as a share of a training step, in percent."""
    read = row(column, per="step", **wanted)
    return lambda figures: None if (found := read(figures)) is None else 100 * found


def over(column: str, key: str, ours: str, theirs: str, **wanted: object) -> Read:
    """Returns what divides `column` of the row whose `key` is `ours` by that of `theirs`."""

    def read(figures: Figures) -> float | None:
        pair = [row(column, **{key: name, **wanted})(figures) for name in (ours, theirs)]
        return None if None in pair else pair[0] / pair[1]

    return read


def checkpoint(network: str) -> Read:
    """Returns what reads CPU time of our checkpoint over Keras's, the median of the turns."""

    def read(figures: Figures) -> float | None:
        for one in figures["networks"]:
            if one["network"] == network:
                taken = one["cpu_seconds"]
                return statistics.median(a / b for a, b in zip(taken["ours"], taken["keras"], strict=True))
        return None

    return read


def serving(quantity: str, clients: str = "16", way: str = "merged") -> Read:
    """Returns what reads a quantity of our server over that of the server by hand, the median of the turns."""

    def read(figures: Figures) -> float | None:
        turns = figures["turns"].get(clients)
        if turns is None:
            return None
        return statistics.median(a[quantity] / b[quantity] for a, b in zip(turns[way], turns["by hand"], strict=True))

    return read


def progressive(quantity: str, length: str) -> Read:
    """Returns what reads speed, or points of accuracy, of progressive training against a fixed size; seeds paired."""

    def read(figures: Figures) -> float | None:
        cells = {(cell["length"], cell["way"], cell["seed"]): cell for cell in figures["cells"]}
        pairs = [
            (cell, cells.get((length, "fixed", seed)))
            for (one, way, seed), cell in cells.items()
            if (one, way) == (length, "progressive")
        ]
        pairs = [(cell, other) for cell, other in pairs if other is not None]
        if not pairs:
            return None
        if quantity == "times":
            return statistics.fmean(other["seconds"] / cell["seconds"] for cell, other in pairs)
        return 100 * statistics.fmean(cell["accuracy"] - other["accuracy"] for cell, other in pairs)

    return read


def searched(part: str, budget: int = 100) -> Read:
    """Returns what reads the reward that REINFORCE finds over that of drawing at random, in a part of `search.py`."""

    def read(figures: Figures) -> float | None:
        rewards = {one["sampler"]: one["best_reward"] for one in figures[part]["compared"] if one["budget"] == budget}
        return rewards["reinforce"] / rewards["random"] if rewards else None

    return read

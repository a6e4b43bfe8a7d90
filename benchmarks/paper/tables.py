"""Makes lines of a table out of trainings that are compared with each other."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from pathlib import Path

import progressive_figures
from progressive_figures import Row, points, rows_of

from paper.experiment import Lines, Measured
from paper.published import NOT_KNOWN

Published = Callable[[Row], str]


def compared(cells: list[Measured], beside: str, published: Published, told: tuple[str, ...] = ()) -> Lines:
    """Returns a line for every way in every group: cost, accuracy, both against another way, what the paper has.

    Args:
        cells: trainings.
        beside: the way that the others of its group are compared with.
        published: says what the paper reports for a line.
        told: names of figures of the cells to show too, such as "macs".
    """
    firsts = {(cell["group"], cell["way"]): cell for cell in reversed(cells)}
    lines = []
    for row in rows_of(cells, beside, by="group"):
        is_base = row.way == beside
        lines.append(
            {
                "network": row.group,
                "way": row.way,
                **{name: shown(name, firsts[row.group, row.way][name]) for name in told},
                "epochs": row.epochs,
                "n": str(row.seeds),
                "CPU s": f"{row.seconds:.0f}",
                f"times faster than {beside}": "" if math.isnan(row.speed) else f"{row.speed:.2f}",
                "accuracy, %": points(row.accuracy, row.error),
                f"against {beside}, points": "" if is_base else points(row.ahead, row.ahead_error, sign="+"),
                "the paper": published(row),
            }
        )
    return lines


def shown(name: str, value: float) -> str:
    """Returns a count in millions, anything else as it is."""
    return f"{value / 1e6:.3g} M" if name in ("macs", "parameters") else f"{value:g}"


def nothing_known(row: Row) -> str:
    """Says that the paper's cells are not known here."""
    return NOT_KNOWN


def draw_courses(cells: list[Measured], path: Path, beside: str) -> None:
    """Draws accuracy over CPU seconds, a panel a group."""
    progressive_figures.draw(cells, rows_of(cells, beside, by="group"), path, by="group")


def rows_by(cells: list[Measured], beside: str) -> dict[tuple[str, str], Row]:
    """Returns the rows by group and way."""
    return {(row.group, row.way): row for row in rows_of(cells, beside, by="group")}


def gain(row: Row) -> str:
    """Returns how far a way is ahead, in points, with its standard error."""
    return f"{points(row.ahead, row.ahead_error, sign='+')} points"


def is_clear(row: Row) -> bool:
    """Tells whether a way is apart from the other by more than two standard errors; False for one seed."""
    return not math.isnan(row.ahead_error) and abs(row.ahead) > 2 * row.ahead_error


def mean(values: list[float]) -> float:
    """Returns the mean."""
    return statistics.fmean(values)


def markdown(lines: Lines) -> str:
    """Returns lines as a Markdown table; a line may lack columns."""
    columns = list(dict.fromkeys(name for line in lines for name in line))
    rows = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    rows += ["| " + " | ".join(line.get(name, "") for name in columns) + " |" for line in lines]
    return "\n".join(rows)

"""What the trainings of a comparison come to: means over seeds, a table, a picture."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

MARKERS = "osD^vPX*<>"


@dataclass(frozen=True, slots=True)
class Row:
    """The trainings of one way at one length, or in another group that shares what ways are compared with.

    Attributes:
        seconds: of the processor, mean of the seeds.
        accuracy: mean of the seeds, in [0, 1].
        error: its standard error over the seeds; NaN for one seed.
        speed: seconds of the way it is compared with, over its own; seeds are paired.
        ahead: accuracy minus that of the way it is compared with, mean of the pairs.
        ahead_error: standard error of `ahead` over the pairs.
    """

    group: str
    way: str
    epochs: str
    seeds: int
    seconds: float
    accuracy: float
    error: float
    speed: float
    ahead: float
    ahead_error: float


def rows_of(cells: list[dict], beside: str, by: str = "length") -> list[Row]:
    """Returns a row for each way of each length, in the order in which they come; `beside` is compared with.

    Args:
        cells: the trainings.
        beside: the way that the others are compared with.
        by: what cells are grouped by; ways are compared within a group.
    """
    groups = by_place(cells, by)
    rows = []
    for (shared, way), group in groups.items():
        others = {cell["seed"]: cell for cell in groups.get((shared, beside), ())}
        pairs = [(cell, others[cell["seed"]]) for cell in group if cell["seed"] in others]
        accuracies = [cell["accuracy"] for cell in group]
        ahead = [cell["accuracy"] - other["accuracy"] for cell, other in pairs]
        speeds = [other["seconds"] / cell["seconds"] for cell, other in pairs]
        epochs = sorted({cell["epochs"] for cell in group})
        rows.append(
            Row(
                shared,
                way,
                "-".join(map(str, epochs if len(epochs) == 1 else (epochs[0], epochs[-1]))),
                len(group),
                statistics.mean(cell["seconds"] for cell in group),
                statistics.mean(accuracies),
                standard_error(accuracies),
                statistics.mean(speeds) if pairs else math.nan,
                statistics.mean(ahead) if pairs else math.nan,
                standard_error(ahead),
            )
        )
    return rows


def by_place(cells: list[dict], by: str = "length") -> dict[tuple[str, str], list[dict]]:
    """Returns the cells of each group and way, one a seed, in the order in which they came."""
    places: dict[tuple[str, str], list[dict]] = {}
    for cell in cells:
        places.setdefault((cell[by], cell["way"]), []).append(cell)
    return places


def standard_error(values: list[float]) -> float:
    """Returns the standard error of the mean; NaN where there are fewer than two values."""
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan


def markdown(rows: list[Row], beside: str, by: str = "length") -> str:
    """Returns the table."""
    lines = [
        f"| {by} | way | epochs | seeds | CPU s | times faster than {beside} | accuracy, % | against it, points |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        accuracy, ahead = points(row.accuracy, row.error), points(row.ahead, row.ahead_error, sign="+")
        speed = "" if math.isnan(row.speed) else f"{row.speed:.2f}"
        lines.append(
            f"| {row.group} | {row.way} | {row.epochs} | {row.seeds} | {row.seconds:.0f} | {speed} | {accuracy} "
            f"| {'' if row.way == beside else ahead} |"
        )
    return "\n".join(lines)


def points(share: float, error: float, sign: str = "") -> str:
    """Returns `share` in percent with its standard error, where there is one."""
    if math.isnan(share):
        return ""
    return f"{100 * share:{sign}.2f}" + ("" if math.isnan(error) else f" ± {100 * error:.2f}")


def draw(cells: list[dict], rows: list[Row], path: Path, by: str = "length") -> None:
    """Draws accuracy over processor seconds, a panel a group: each seed's course, thin, and where the ways end."""
    groups = list(dict.fromkeys(row.group for row in rows))
    figure, panels = plt.subplots(
        1, len(groups), figsize=(5.2 * len(groups), 3.8), dpi=90, layout="constrained", squeeze=False
    )
    ways = list(dict.fromkeys(row.way for row in rows))
    for panel, group in zip(panels[0], groups, strict=True):
        for cell in (cell for cell in cells if cell[by] == group):
            seconds, accuracies = zip(*cell["curve"], strict=True)
            colour = f"C{ways.index(cell['way'])}"
            panel.plot(seconds, [100 * one for one in accuracies], color=colour, linewidth=0.7, alpha=0.4)
        for row in (row for row in rows if row.group == group):
            number = ways.index(row.way)
            error = None if math.isnan(row.error) else 100 * row.error
            style = {"color": f"C{number}", "marker": MARKERS[number % len(MARKERS)], "capsize": 3, "linestyle": ""}
            panel.errorbar(row.seconds, 100 * row.accuracy, error, label=row.way, zorder=3, **style)
        ends = [100 * row.accuracy for row in rows if row.group == group]
        panel.set(title=group, xlabel="processor seconds", ylabel="test accuracy, %")
        panel.set_ylim(min(ends) - 3.0, max(ends) + 1.0)
        panel.grid(alpha=0.3)
        panel.legend(loc="lower right", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)

"""The networks of a search as a picture: accuracy over time, size by parameters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.nas.outcome import Row, front, trained

LARGEST = 400  # area of a dot, points squared


def draw_front(path: Path, rows: Sequence[Row], timed: str = "a training step") -> None:
    """Draws the trained networks, those of the front joined by a line.

    Args:
        path: of the PNG.
        rows: the trials.
        timed: what the time is that of.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(7, 4.5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    done = [row for row in trained(rows) if row.facts and row.accuracy is not None]
    most = max((row.facts.parameters for row in done if row.facts), default=1)
    for sampler, color in zip(sorted({row.sampler for row in done}), ("#1f77b4", "#d95f02", "#7570b3"), strict=False):
        mine = [row for row in done if row.sampler == sampler]
        axes.scatter(
            [row.facts.time for row in mine if row.facts],
            [row.accuracy or 0.0 for row in mine],
            s=[LARGEST * row.facts.parameters / most for row in mine if row.facts],
            color=color,
            alpha=0.55,
            label=sampler,
        )
    best = sorted((row.facts.time, row.accuracy or 0.0) for row in front(rows) if row.facts)
    axes.plot([time for time, _ in best], [accuracy for _, accuracy in best], color="0.4", linewidth=1, label="front")
    axes.set_xlabel(f"time of {timed} over the backbone's")
    axes.set_ylabel("accuracy of the short training")
    axes.set_title("networks tried; area is parameters")
    axes.grid(alpha=0.25)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    for handle in axes.legend().legend_handles:
        if isinstance(handle, PathCollection):
            handle.set_sizes([40])
    write_whole(path, lambda aside: figure.savefig(aside, format="png"))

"""Simple pictures of what cells measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from progressive_figures import MARKERS

from effnetv2_keras.files.atomic import write_whole
from paper.experiment import Measured

DPI = 90


def save(figure: Figure, path: Path) -> None:
    """Writes a picture whole and forgets it."""
    write_whole(path, lambda aside: figure.savefig(aside, dpi=DPI, format="png"))
    plt.close(figure)


def scatter(
    cells: list[Measured],
    path: Path,
    panels: list[tuple[str, Callable[[Measured], float | None]]],
    height: tuple[str, Callable[[Measured], float | None]],
) -> None:
    """Draws a point a cell, groups in colours joined by lines, a panel for each quantity across.

    Args:
        cells: what was measured.
        path: of the PNG.
        panels: label and value of each panel's horizontal axis; a cell whose value is None is left out.
        height: label and value of the vertical axis.
    """
    figure, drawn = plt.subplots(1, len(panels), figsize=(4.2 * len(panels), 3.8), layout="constrained", squeeze=False)
    for panel, (label, across) in zip(drawn[0], panels, strict=True):
        for number, group in enumerate(dict.fromkeys(cell["group"] for cell in cells)):
            places = [(across(cell), height[1](cell)) for cell in cells if cell["group"] == group]
            places = [(x, y) for x, y in places if x is not None and y is not None]
            if places:
                marker = MARKERS[number % len(MARKERS)]
                panel.plot(*zip(*places, strict=True), marker=marker, linewidth=0.8, label=group)
        panel.set(xlabel=label, ylabel=height[0])
        panel.grid(alpha=0.3)
        if panel.lines:
            panel.legend(fontsize=8)
    save(figure, path)


def bars(labels: list[str], panels: list[tuple[str, list[float]]], path: Path) -> None:
    """Draws a bar a label, a panel for each quantity."""
    figure, drawn = plt.subplots(
        1,
        len(panels),
        figsize=(3.6 * len(panels), 0.6 + 0.4 * max(len(labels), 4)),
        layout="constrained",
        squeeze=False,
    )
    for panel, (title, values) in zip(drawn[0], panels, strict=True):
        panel.barh(labels[::-1], values[::-1], color="C0")
        panel.set(xlabel=title)
        panel.grid(alpha=0.3, axis="x")
    save(figure, path)


def printed(text: str, path: Path) -> None:
    """Draws text in columns, for a table that has nothing to plot."""
    rows = text.splitlines()
    figure = plt.figure(figsize=(0.085 * max(map(len, rows)) + 0.4, 0.165 * len(rows) + 0.2))
    figure.text(0.02, 0.97, text, family="monospace", fontsize=9, va="top", parse_math=False)
    save(figure, path)

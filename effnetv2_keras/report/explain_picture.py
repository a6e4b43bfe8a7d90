"""Explanations as one picture: a row a photo, with its heat map and both together."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from effnetv2_keras.explain.colours import COLOURS, overlay
from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.report.explanations import Explanation

DPI = 110
SIDE = 2.4  # inches a picture
LETTERS = 24  # of a line beside a row


def draw_explanations(explanations: Sequence[Explanation], path: Path) -> None:
    """Writes a PNG: the photo as the model sees it, the heat map and the overlay; class, score and name beside them.

    Args:
        explanations: one or more, of photos that could be read.
        path: the file to write.
    """
    count = len(explanations)
    figure = Figure(figsize=(3 * SIDE + 1.7, SIDE * count + 0.5), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(count, 3, squeeze=False)
    for line, one in zip(panels, explanations, strict=True):
        assert one.image is not None
        assert one.heat is not None
        line[0].imshow(one.image)
        line[1].imshow(one.heat, cmap=COLOURS, vmin=0, vmax=1)
        line[2].imshow(overlay(one.image, one.heat))
        said = f"{one.label}\n{one.score:.3f}\n\n{textwrap.fill(Path(one.path).name, LETTERS)}"
        line[0].set_ylabel(said, rotation=0, ha="right", va="center", fontsize=9, parse_math=False)
        for panel in line:
            panel.set(xticks=[], yticks=[])
    for panel, title in zip(panels[0], ("as the model sees it", _how(explanations[0]), "both"), strict=True):
        panel.set_title(title, fontsize=10, parse_math=False)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of names in alphabets that the font lacks
        write_whole(path, lambda aside: figure.savefig(aside, dpi=DPI, format="png"))


def _how(one: Explanation) -> str:
    return "what is lost when it is covered" if one.source == "occlusion" else f"what speaks for it in {one.source!r}"

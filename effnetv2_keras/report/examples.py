"""Photos with what the model says of them: the surest mistakes first, then what it got right."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from effnetv2_keras.inference.answer import Answer
from effnetv2_keras.runs.atomic import write_whole

COLUMNS, MISTAKE_ROWS, ROWS = 8, 2, 4
SIDE = 256  # px
RIGHT, WRONG = "#1a7f37", "#c6262e"


def draw_examples(answers: Sequence[Answer], truth: Sequence[str], path: Path, seed: int = 0) -> None:
    """Writes a PNG of up to 32 photos, each with the best class, its score and, where it is wrong, the right one.

    Args:
        answers: of labelled photos.
        truth: the right name of each.
        path: the file to write.
        seed: of the choice among the photos that were right.
    """
    chosen = _choose([(answer, name) for answer, name in zip(answers, truth, strict=True) if not answer.error], seed)
    rows = -(-max(len(chosen), 1) // COLUMNS)
    figure = Figure(figsize=(1.5 * COLUMNS, 1.8 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    panels = np.atleast_1d(figure.subplots(rows, COLUMNS)).ravel()
    for panel in panels:
        panel.axis("off")
    for panel, (answer, name) in zip(panels, chosen, strict=False):
        is_right = answer.labels[0] == name
        title = f"{answer.labels[0]} {answer.scores[0]:.0%}"
        panel.imshow(_thumbnail(answer.path))
        text = title if is_right else f"{title}\nis {name}"
        panel.set_title(text, fontsize=9, color=RIGHT if is_right else WRONG, parse_math=False)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of names in alphabets that the font lacks
        write_whole(path, lambda aside: figure.savefig(aside, dpi=110, format="png"))


def _thumbnail(path: str) -> Image.Image:
    """Returns a photo, upright and no larger than it is drawn; 32 photos of a camera would not fit the memory."""
    with Image.open(path) as photo:
        photo.thumbnail((SIDE, SIDE))
        return ImageOps.exif_transpose(photo).convert("RGB")


def _choose(pairs: list[tuple[Answer, str]], seed: int) -> list[tuple[Answer, str]]:
    wrong = sorted((p for p in pairs if p[0].labels[0] != p[1]), key=lambda p: -p[0].scores[0])
    right = [p for p in pairs if p[0].labels[0] == p[1]]
    mistakes = wrong[: MISTAKE_ROWS * COLUMNS]
    order = np.random.default_rng(seed).permutation(len(right))[: ROWS * COLUMNS - len(mistakes)]
    return mistakes + [right[i] for i in sorted(order)]

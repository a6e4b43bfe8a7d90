"""Photos with what the model says of them: the surest mistakes first, then what it got right."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.inference.answer import Answer

COLUMNS, MISTAKE_ROWS, ROWS = 8, 2, 4
SIDE = 256  # px
RIGHT, WRONG = "#1a7f37", "#c6262e"


def draw_examples(
    answers: Sequence[Answer],
    truth: Sequence[Sequence[str]],
    read: Callable[[int], bytes],
    path: Path,
    seed: int = 0,
) -> None:
    """Writes a PNG of up to 32 photos, each with the best class, its score and, where it is wrong, the right one.

    Args:
        answers: of labelled photos.
        truth: the right names of each.
        read: gives the encoded photo at an index of `answers`.
        path: the file to write.
        seed: of the choice among the photos that were right.
    """
    told = enumerate(zip(answers, truth, strict=True))
    chosen = _choose([Told(i, answer, tuple(names)) for i, (answer, names) in told if not answer.error], seed)
    rows = -(-max(len(chosen), 1) // COLUMNS)
    figure = Figure(figsize=(1.5 * COLUMNS, 1.8 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    panels = np.atleast_1d(figure.subplots(rows, COLUMNS)).ravel()
    for panel in panels:
        panel.axis("off")
    for panel, one in zip(panels, chosen, strict=False):
        title = f"{one.answer.labels[0]} {one.answer.scores[0]:.0%}"
        panel.imshow(_thumbnail(read(one.index)))
        text = title if one.is_right else f"{title}\nis {', '.join(one.names)}"
        panel.set_title(text, fontsize=9, color=RIGHT if one.is_right else WRONG, parse_math=False)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of names in alphabets that the font lacks
        write_whole(path, lambda aside: figure.savefig(aside, dpi=110, format="png"))


def _thumbnail(data: bytes) -> Image.Image:
    """Returns a photo, upright and no larger than it is drawn; 32 photos of a camera would not fit the memory."""
    with Image.open(io.BytesIO(data)) as photo:
        photo.thumbnail((SIDE, SIDE))
        return ImageOps.exif_transpose(photo).convert("RGB")


@dataclass(frozen=True, slots=True)
class Told:
    """A photo, what the model says of it, and what it shows.

    Args:
        index: of the photo among the answers.
        answer: what the model says of it.
        names: what it shows.
    """

    index: int
    answer: Answer
    names: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the best class is one that the photo shows."""
        return self.answer.labels[0] in self.names


def _choose(photos: list[Told], seed: int) -> list[Told]:
    wrong = sorted((one for one in photos if not one.is_right), key=lambda one: -one.answer.scores[0])
    right = [one for one in photos if one.is_right]
    mistakes = wrong[: MISTAKE_ROWS * COLUMNS]
    order = np.random.default_rng(seed).permutation(len(right))[: ROWS * COLUMNS - len(mistakes)]
    return mistakes + [right[i] for i in sorted(order)]

"""How large an experiment is run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from glyphs import CLASSES, MADE_BY

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.errors import unknown_name

GLYPHS = "glyphs " + hashlib.sha256(repr(MADE_BY).encode()).hexdigest()[:8]  # others make other cells


@dataclass(frozen=True, slots=True)
class Preset:
    """A size of all experiments.

    Attributes:
        about: what it is for, in a sentence.
        data: `GLYPHS` (drawn when they are needed), a folder, or what `effnetv2 train` takes.
        num_classes: of the data.
        images: to train on and to measure on, at most; (0, 0) takes all.
        epochs: of a usual training.
        sizes: smallest and largest training image, px; the largest is tested at.
        randaugment: magnitude in the first and the last phase.
        dropout: rate in the first and the last phase.
        batch: images a step.
        seeds: how many where none are asked for.
    """

    name: str
    about: str
    images: tuple[int, int]
    epochs: int
    sizes: Ramp
    randaugment: Ramp
    dropout: Ramp
    batch: int
    seeds: int
    data: str = GLYPHS
    num_classes: int = len(CLASSES)

    @property
    def is_published(self) -> bool:
        """Whether it is the papers' own setting."""
        return self.name == "paper"

    @property
    def side(self) -> int:
        """The largest image, px."""
        return int(self.sizes.last)

    def replace(self, **changes: Any) -> Preset:
        """Returns a copy with other values."""
        return replace(self, **changes)


LETTERS = {"randaugment": Ramp(0.5, 3.0), "dropout": Ramp(0.0, 0.15)}  # as in progressive_ways.py
TABLE_6_S = {"randaugment": Ramp(5, 15), "dropout": Ramp(0.1, 0.3)}
# fmt: off
ROWS = (
    #         for                                   images        epochs  sizes            strengths    batch  seeds
    ("tiny",   "to see that everything runs",       (64, 98),     4,      Ramp(32, 48),    LETTERS,     32,    1),
    ("laptop", "small networks on one core",        (3200, 2000), 24,     Ramp(32, 64),    LETTERS,     32,    3),
    ("paper",  "the published setting, for accelerators; not run here",
                                                    (0, 0),       350,    Ramp(128, 300),  TABLE_6_S,   4096,  1),
)
# fmt: on
PUBLISHED_DATA = {"data": "tfds:imagenet2012", "num_classes": 1000}
PRESETS = {
    name: Preset(
        name,
        about,
        images,
        epochs,
        sizes,
        batch=batch,
        seeds=seeds,
        **strengths,
        **(PUBLISHED_DATA if name == "paper" else {}),
    )
    for name, about, images, epochs, sizes, strengths, batch, seeds in ROWS
}


def get_preset(name: str) -> Preset:
    """Returns the preset called `name`.

    Raises:
        UsageError: with those that there are, if there is none.
    """
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS)
    return PRESETS[name]

"""What cells share while they are run: drawn or read pictures, and the last network that was traced."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from progressive_cells import Glyphs, Images, Trainer
from progressive_ways import Setup

from effnetv2_keras.data.manifest import Split
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.pipeline import make_dataset
from paper.presets import GLYPHS

SIDE = 96  # px, of pictures in memory; training makes them smaller


class Bench:
    """Pictures and networks that are ready."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key: object = None
        self._trainer: Trainer | None = None

    def trainer(self, setup: Setup, data: str, images: tuple[int, int]) -> Trainer:
        """Returns the trainer of a network; that of the network before it is dropped."""
        if self._trainer is None or self._key != (setup, data, images):
            self._trainer = None  # frees the memory first
            self._trainer = Trainer(self.pictures(data, images), setup)
            self._key = (setup, data, images)
        return self._trainer

    def pictures(self, data: str, images: tuple[int, int]) -> Glyphs:
        """Returns pictures to train on and to measure on."""
        if data == GLYPHS:
            return Glyphs.made(images, self.folder / "pictures")
        return read_pictures(data, images)


@cache
def read_pictures(data: str, images: tuple[int, int]) -> Glyphs:
    """Returns the pictures of a folder, those that `effnetv2 train` would train on first; whole, made square."""
    source = open_source(data)
    parts = zip((source.train, source.validation), images, strict=True)
    return Glyphs(*(first_pictures(split, count) for split, count in parts))


def first_pictures(split: Split, count: int) -> Images:
    """Returns `count` pictures (N, 96, 96, 3) uint8 of all classes and their class numbers (N,) int32."""
    chosen = np.random.default_rng(0).permutation(len(split))[:count]
    batches = list(make_dataset(split.select(np.sort(chosen), split.name), 64, image_size=SIDE).as_numpy_iterator())
    pixels, labels = (np.concatenate(kind) for kind in zip(*batches, strict=True))
    return pixels, labels.astype(np.int32)

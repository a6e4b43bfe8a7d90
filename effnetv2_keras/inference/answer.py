"""What a predictor says of an image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.bad_files import read_or_reason
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.data.sources.image_folder import EXTENSIONS, image_files
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.errors import DataError

DIGITS = 6  # of a score, in what other programs read


@dataclass(frozen=True, slots=True)
class Photo:
    """An image to ask about.

    Args:
        name: what it is called.
        data: the bytes of its file.
        error: why they cannot be read; None where they can.
    """

    name: str
    data: bytes
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The best classes of one image, best first.

    Args:
        path: what the image is called.
        labels: names of the classes.
        scores: of these: probabilities, but for TFLite files that give logits.
        error: why there are none; None where there are some.
    """

    path: str
    labels: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    error: str | None = None


class Predictor(Protocol):
    """A trained classifier in any form.

    Attributes:
        kind: "run", "saved_model", "tflite" or "server".
        labels: the names of the classes, in order.
        image_size: px, of what it sees.
    """

    kind: str
    labels: tuple[str, ...]
    image_size: int

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo, in order; `top` is the most classes in each."""


class Scorer(Predictor, Protocol):
    """A predictor that can be asked about pixels too.

    Attributes:
        view: which part of a photo it sees.
        takes_any_size: whether `score` takes squares of any size, or of `image_size` alone.
    """

    view: View
    takes_any_size: bool

    def score(self, images: np.ndarray) -> np.ndarray:
        """Returns scores (B, K) of images (B, S, S, 3) uint8."""
        ...


def answers(predictor: Predictor, photos: Iterable[Photo], top: int, batch_size: int = 32) -> Iterator[Answer]:
    """Yields an `Answer` a photo, in order, computed batch by batch."""
    coming = iter(photos)
    while batch := list(islice(coming, batch_size)):
        yield from predictor.answer(batch, top)


def photos_of_files(paths: Iterable[Path]) -> Iterator[Photo]:
    """Yields files as photos."""
    names = [str(path) for path in paths]
    store = Files(names)
    for index, name in enumerate(names):
        yield Photo(name, *read_or_reason(store, index))


def photos_of_split(split: Split) -> Iterator[Photo]:
    """Yields the images of a split as photos."""
    for index, location in enumerate(split.locations):
        yield Photo(location, *read_or_reason(split.full.store, index))


def image_paths(locations: list[Path]) -> list[Path]:
    """Returns the files among `locations` and the images in its folders, in order.

    Raises:
        DataError: if one does not exist or a folder holds no image.
    """
    found: list[Path] = []
    for location in locations:
        if not location.exists():
            raise DataError(f"No such file or directory: {location}.")
        if location.is_file():
            found.append(location)
            continue
        inside = list(image_files(location))
        if not inside:
            raise DataError(f"{location} must hold images ({' '.join(EXTENSIONS)}). Got none.")
        found += inside
    return found

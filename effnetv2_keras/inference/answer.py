"""What a predictor says of an image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from effnetv2_keras.data.image_folder import EXTENSIONS, image_files
from effnetv2_keras.errors import DataError


@dataclass(frozen=True, slots=True)
class Answer:
    """The best classes of one image, best first; `error` says why there are none."""

    path: str
    labels: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    error: str | None = None


class Predictor(Protocol):
    """A trained classifier in any form."""

    kind: str
    labels: tuple[str, ...]
    image_size: int

    def answer(self, paths: list[Path], top: int) -> list[Answer]:
        """Returns an `Answer` a path, in order; `top` is the most classes in each."""


def answers(predictor: Predictor, paths: list[Path], top: int, batch_size: int = 32) -> Iterator[Answer]:
    """Yields an `Answer` a path, in order, computed batch by batch."""
    for first in range(0, len(paths), batch_size):
        yield from predictor.answer(paths[first : first + batch_size], top)


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

"""What a source finds before anything is opened: the one contract between the kinds of storage and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from effnetv2_keras.data.labels import Labels
from effnetv2_keras.data.manifest import BadFile, Level
from effnetv2_keras.data.stores.store import Store

EVERYTHING = "all"  # the part of a source that has no splits of its own


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The images of one split, headers not read unless the source knows them.

    Args:
        locations: what each image is called in messages.
        labels: (N,) int32 into the listing's class names, or `LabelSets`.
        store: gives the bytes.
        full: sizes, orientations and formats where the source keeps them; None has the headers read.
        shrunk: the smaller copies of a pyramid.
        sha256: of each image's bytes, where the source keeps them.
    """

    locations: tuple[str, ...]
    labels: Labels
    store: Store
    full: Level | None = None
    shrunk: tuple[Level, ...] = ()
    sha256: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """All that a source holds.

    Args:
        place: what the source is called in messages.
        class_names: the label numbers' names.
        parts: by name: "train", "validation", "test"; or `EVERYTHING`, where the source has no splits.
        bad_files: what could not even be listed.
        ignored: number of other files by extension.
        needs: ends the sentence "No images in PLACE: ...".
    """

    place: str
    class_names: tuple[str, ...]
    parts: dict[str, Part]
    bad_files: tuple[BadFile, ...] = ()
    ignored: Counter[str] = field(default_factory=Counter)
    needs: str = "at least one image is needed"


Advance = Callable[[int, int], None]  # told how many images of how many have been looked at


def class_numbers(names: list[str], class_names: tuple[str, ...]) -> np.ndarray:
    """Returns the number of each name, (N,) int32; -1 for one that is no class."""
    numbers = {name: number for number, name in enumerate(class_names)}
    return np.array([numbers.get(name, -1) for name in names], np.int32)

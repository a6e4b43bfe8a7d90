"""The images that a file is calibrated on, and those that it is measured on: never the same ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.data.bad_files import read_or_reason
from effnetv2_keras.data.list_source import list_source
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.data.open_source import open_listing, open_split
from effnetv2_keras.data.resize import read_view
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.export.parity import check_photos
from effnetv2_keras.export.subject import Subject, sample_images
from effnetv2_keras.inference.answer import image_paths

SEED = 0  # of what is drawn here; that of `effnetv2 train`, so that its validation images are held out here too
Truth = tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Images as the network sees them.

    Args:
        pixels: (N, S, S, 3) uint8.
        truth: the class numbers that each shows, None where nobody said.
        origin: where they come from, for people.
        are_own: whether the user gave them, so that answers to them count.
    """

    pixels: np.ndarray
    truth: Truth | None
    origin: str
    are_own: bool = True

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, count: int) -> Views:
        """Returns the first `count` of them."""
        truth = None if self.truth is None else self.truth[:count]
        return Views(self.pixels[:count], truth, self.origin, self.are_own)


def stand_in(subject: Subject) -> Views:
    """Returns what there is without images of the user's: a portrait in four formats, a gradient and noise."""
    photos = [read_view(tf.constant(data), subject.image_size, subject.view).numpy() for data in check_photos()]
    pixels = np.concatenate([np.stack(photos), sample_images(subject.image_size)])
    return Views(pixels, None, "a portrait, a gradient and noise", are_own=False)


def calibration_and_held_out(images: Any, subject: Subject, most: tuple[int, int]) -> tuple[Views, Views]:
    """Reads images to calibrate on and others to measure on.

    Args:
        images: a data set as `open_source` takes it whose classes are those of the model: its training part is
            calibrated on, its validation part, else test, else a fifth of each class is measured on. Or a folder, or
            paths, of images of any kind, or an array (N, S, S, 3) uint8: one part for each.
        subject: says how images are seen, and the names of the classes.
        most: how many of each at most.

    Raises:
        DataError: if fewer than two of them can be read.
    """
    labelled = _labelled(images, subject)
    if labelled is not None:
        source = open_listing(labelled, seed=SEED)
        return tuple(_views_of_split(s, subject, n) for s, n in zip(source.splits, most, strict=False))  # type: ignore[return-value]
    everything = _unlabelled(images, subject, sum(most))
    if len(everything) < 2:
        raise DataError(f"There must be at least 2 images, one to calibrate on and one to measure on. Got: {images}.")
    count = min(most[0], len(everything) // 2)
    rest = Views(everything.pixels[count:], None, everything.origin)
    return everything.first(count), rest.first(most[1])


def held_out(images: Any, subject: Subject, most: int) -> Views:
    """Reads images to measure on; see `calibration_and_held_out` for what they may be.

    Raises:
        DataError: if none of them can be read.
    """
    if _labelled(images, subject) is not None:
        split, _ = open_split(images, subject.labels)
        return _views_of_split(split, subject, most)
    return _unlabelled(images, subject, most)


def _labelled(images: Any, subject: Subject) -> Any:
    """Returns the listing of a data set whose classes the model knows, None for anything else."""
    if isinstance(images, np.ndarray) or _are_paths(images):
        return None
    if isinstance(images, str | os.PathLike) and Path(images).is_file() and Path(images).suffix != ".csv":
        return None
    listing = list_source(images)
    has_images = any(part.locations for part in listing.parts.values())
    return listing if has_images and set(listing.class_names) <= set(subject.labels) else None


def _are_paths(images: Any) -> bool:
    return isinstance(images, list | tuple) and all(isinstance(one, str | os.PathLike) for one in images)


def _views_of_split(split: Split, subject: Subject, most: int) -> Views:
    number_of = {label: number for number, label in enumerate(subject.labels)}
    pixels, truth = [], []
    for index in _order(len(split)):
        image = _read(split.full.store, index, subject)
        if image is not None:
            pixels.append(image)
            truth.append(frozenset(number_of[name] for name in split.label_names(index)))
        if len(pixels) == most:
            break
    return Views(_stacked(pixels, split.name), tuple(truth), f"the {split.name} images")


def _unlabelled(images: Any, subject: Subject, most: int) -> Views:
    if isinstance(images, np.ndarray):
        shape = (subject.image_size, subject.image_size, 3)
        if images.dtype != np.uint8 or images.shape[1:] != shape:
            raise UsageError(f"An array of images must be uint8 (N, {shape}). Got: {images.dtype} {images.shape}.")
        return Views(images[_order(len(images))[:most]], None, "an array")
    given = images if _are_paths(images) else [images]
    paths = [str(path) for path in image_paths([Path(one) for one in given])]
    store, pixels = Files(paths), []
    for index in _order(len(paths)):
        image = _read(store, index, subject)
        if image is not None:
            pixels.append(image)
        if len(pixels) == most:
            break
    return Views(_stacked(pixels, str(given[0])), None, "images without labels")


def _order(count: int) -> list[int]:
    """Returns the numbers 0 .. count - 1, shuffled the same way each time: folders come class by class."""
    return np.random.default_rng(SEED).permutation(count).tolist()


def _read(store: Any, index: int, subject: Subject) -> np.ndarray | None:
    data, _ = read_or_reason(store, index)
    try:
        return read_view(tf.constant(data), subject.image_size, subject.view).numpy()
    except tf.errors.InvalidArgumentError:
        return None


def _stacked(images: Sequence[np.ndarray], place: str) -> np.ndarray:
    if not images:
        raise DataError(f"At least one image of {place} must be readable. Got none.")
    return np.stack(images)

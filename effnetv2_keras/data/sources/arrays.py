"""Pixels and labels in memory, as keras.datasets gives them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from effnetv2_keras.data.labels import Labels, LabelSets
from effnetv2_keras.data.listing import EVERYTHING, Listing, Part
from effnetv2_keras.data.manifest import Level
from effnetv2_keras.data.stores.arrays import Arrays
from effnetv2_keras.errors import DataError

PLACE = "the arrays"
SHAPES = "(N, H, W), (N, H, W, 1), (N, H, W, 3) or (N, H, W, 4)"


def is_arrays(location: Any) -> bool:
    """Returns whether `location` is a tuple of arrays, or of tuples of them."""
    return isinstance(location, tuple)


def list_arrays(location: Any) -> Listing:
    """Lists (images, labels), or ((images, labels), (images, labels)): to train on and to measure on.

    Images are uint8 in [0, 255]; labels (N,) or (N, 1) class numbers, or (N, K) rows of 0 and 1. Where every row has
    a single 1 the rows are class numbers. The classes are called "0", "1" and so on.

    Raises:
        DataError: if shapes, kinds or numbers are others.
    """
    if len(location) != 2:
        raise DataError(
            f"Arrays must be (images, labels) or ((images, labels), (images, labels)). Got: {len(location)} things."
        )
    if not isinstance(location[0], tuple):
        pairs = {EVERYTHING: ("", location)}
    else:
        pairs = {"train": ("train ", location[0]), "test": ("test ", location[1])}
    for name, pair in pairs.values():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise DataError(f"The {name}arrays must be (images, labels). Got: {_described(pair)}.")
    checked = {split: _checked(name, *pair) for split, (name, pair) in pairs.items()}
    num_classes = _num_classes(checked)
    parts = {split: _part(pairs[split][0], *arrays, num_classes) for split, arrays in checked.items()}
    return Listing(PLACE, tuple(map(str, range(num_classes))), _alike(parts), needs="at least one row is needed")


def _checked(name: str, images: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    images, labels = np.asanyarray(images), np.asarray(labels)
    if images.dtype != np.uint8:
        raise DataError(f"`{name}images` must be uint8, pixels in [0, 255]. Got: {images.dtype}.")
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3, 4)) or 0 in images.shape[1:]:
        raise DataError(f"`{name}images` must have the shape {SHAPES}. Got: {images.shape}.")
    if not (np.issubdtype(labels.dtype, np.integer) or labels.dtype == bool or _are_rows_of_01(labels)):
        raise DataError(f"`{name}labels` must be class numbers or rows of 0 and 1. Got: {labels.dtype}.")
    if labels.ndim not in (1, 2):
        raise DataError(f"`{name}labels` must have the shape (N,), (N, 1) or (N, K). Got: {labels.shape}.")
    if len(images) != len(labels):
        raise DataError(
            f"`{name}images` and `{name}labels` must be equally many. Got: {len(images)} and {len(labels)}."
        )
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and not np.isin(labels, (0, 1)).all():
        row = int(np.flatnonzero(~np.isin(labels, (0, 1)).all(axis=1))[0])
        value = labels[row][~np.isin(labels[row], (0, 1))][0]
        raise DataError(f"Rows of `{name}labels` must hold 0 and 1 only. Got: {value} in row {row}.")
    return images, labels


def _are_rows_of_01(labels: np.ndarray) -> bool:
    """Returns whether these are rows as keras.utils.to_categorical makes them: floats that are 0 or 1."""
    return bool(labels.ndim == 2 and labels.shape[1] > 1 and np.issubdtype(labels.dtype, np.floating))


def _num_classes(checked: dict[str, tuple[np.ndarray, np.ndarray]]) -> int:
    """Counts the classes by what there is to train on; class numbers need none to be counted twice."""
    labels = next(iter(checked.values()))[1]
    widths = {array.shape[1] if array.ndim == 2 else 0 for _, array in checked.values()}
    if len(widths) > 1:
        shapes = " and ".join(str(array.shape) for _, array in checked.values())
        raise DataError(f"Train and test labels must be rows of the same width, or numbers. Got: {shapes}.")
    if labels.ndim == 2:
        return int(labels.shape[1])
    return int(labels.max()) + 1 if len(labels) else 0


def _part(name: str, images: np.ndarray, labels: np.ndarray, num_classes: int) -> Part:
    if labels.ndim == 1:
        wrong = np.flatnonzero((labels < 0) | (labels >= num_classes))
        if len(wrong):
            raise DataError(
                f"`{name}labels` must be class numbers from 0 to {num_classes - 1}. "
                f"Got: {labels[wrong[0]]} in row {wrong[0]}."
            )
        numbers: Labels = labels.astype(np.int32)
    else:
        columns = np.nonzero(labels)[1]
        starts = np.zeros(len(labels) + 1, np.int64)
        np.cumsum(np.count_nonzero(labels, axis=1), out=starts[1:])
        numbers = LabelSets(columns, starts, num_classes)
    store, count = Arrays(images), len(images)
    sizes = np.tile(np.array(images.shape[1:3], np.int32), (count, 1))
    level = Level(store, sizes, np.ones(count, np.int32), np.full(count, "BMP", "<U4"))
    return Part(tuple(f"{name}row {row}" for row in range(count)), numbers, store, level)


def _alike(parts: dict[str, Part]) -> dict[str, Part]:
    """Turns sets of one class each into class numbers, where that is so in every part."""
    sets = [part.labels for part in parts.values() if isinstance(part.labels, LabelSets)]
    if not sets or any((np.diff(labels.starts) != 1).any() for labels in sets):
        return parts
    return {
        split: replace(part, labels=part.labels.numbers) if isinstance(part.labels, LabelSets) else part
        for split, part in parts.items()
    }


def _described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__}" + (f" of shape {shape}" if shape is not None else "")

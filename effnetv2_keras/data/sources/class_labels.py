"""Turns the labels of a table's rows into class numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from effnetv2_keras.data.labels import Labels, LabelSets
from effnetv2_keras.data.listing import class_numbers
from effnetv2_keras.data.sources.image_folder import some
from effnetv2_keras.errors import DataError

Label = Any  # a name, a number, or a sequence of either
Rows = tuple[Sequence[str], Sequence[Label]]  # what each row is called in messages, and its label


def number_labels(parts: dict[str, Rows], place: str) -> tuple[tuple[str, ...], dict[str, Labels]]:
    """Finds the classes in the labels to train on, and numbers the labels of every part.

    Names are numbered in their order. Numbers stay what they are and the classes are called "0", "1" and so on.

    Args:
        parts: the rows of each split, those to train on first.
        place: what the data are called in messages.

    Raises:
        DataError: if a number is missing or below 0, or another part has a class that is not trained on.
    """
    (_, train), *_ = parts.values()
    found = set(_each(train))
    if found and all(isinstance(label, int) for label in found):
        names = _numbers(parts, found, place)
    else:
        names = tuple(sorted(map(str, found)))
    known = set(names)
    for split, (rows, labels) in parts.items():
        extra = [(row, str(value)) for row, label in zip(rows, labels, strict=True) for value in _each([label])]
        extra = [(row, value) for row, value in extra if value not in known]
        if extra:
            raise DataError(
                f"Labels of the {split} rows of {place} must be among the {len(names)} classes to train on "
                f"({some(names)}). Got {_offenders(extra)}."
            )
    return names, {split: to_labels(labels, names) for split, (_, labels) in parts.items()}


def to_labels(labels: Sequence[Label], class_names: tuple[str, ...]) -> Labels:
    """Returns the numbers of the labels: (N,) int32, or `LabelSets` where a row has a sequence of them."""
    return _shaped(labels, class_numbers([str(value) for value in _each(labels)], class_names), len(class_names))


def number_array(labels: Sequence[Label], num_classes: int) -> Labels:
    """Returns labels that are class numbers already: (N,) int32, or `LabelSets` where a row has a sequence of them."""
    return _shaped(labels, np.array(list(_each(labels)), np.int32), num_classes)


def _shaped(labels: Sequence[Label], flat: np.ndarray, num_classes: int) -> Labels:
    if not any(is_set(label) for label in labels):
        return flat
    starts = np.zeros(len(labels) + 1, np.int64)
    np.cumsum([len(label) if is_set(label) else 1 for label in labels], out=starts[1:])
    return LabelSets(flat, starts, num_classes)


def is_set(label: Label) -> bool:
    """Returns whether a row's label is a sequence of labels."""
    return isinstance(label, (list, tuple, np.ndarray))


def _each(labels: Iterable[Label]) -> Iterable[str | int]:
    for label in labels:
        if is_set(label):
            yield from label
        else:
            yield label


def _numbers(parts: dict[str, Rows], found: set[Any], place: str) -> tuple[str, ...]:
    """Returns the classes 0 to K - 1 after a look for what has gone wrong with them."""
    below = [
        (row, value)
        for rows, labels in parts.values()
        for row, label in zip(rows, labels, strict=True)
        for value in _each([label])
        if isinstance(value, int) and value < 0
    ]
    if below:
        raise DataError(f"Labels of {place} that are numbers must be 0 or more. Got {_offenders(below)}.")
    count = max(found) + 1
    missing = [str(number) for number in range(min(count, 10**6)) if number not in found]
    if missing:
        raise DataError(
            f"Labels of {place} that are numbers must have images to train on for each from 0 to {count - 1}. "
            f"Got none for {len(missing)} of {count}: {some(missing)}."
        )
    return tuple(map(str, range(count)))


def _offenders(found: list[tuple[str, Any]]) -> str:
    rows = ", ".join(f"{value!r} in {row}" for row, value in found[:3])
    return rows if len(found) <= 3 else f"{rows} and {len(found) - 3} more"

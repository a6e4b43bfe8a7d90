"""Sets images aside, class by class, the same ones for the same seed."""

from __future__ import annotations

import numpy as np

from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.errors import DataError, UsageError

CAP_STREAM = 3  # keeps the draws of one seed apart from those of the split


def split_by_class(everything: Split, validation: float, seed: int) -> tuple[Split, Split]:
    """Sets aside `validation` of each class, at least one image and never all.

    Of images with several classes the same share is set aside whatever they show.

    Raises:
        DataError: if a class has a single image.
    """
    kept: list[np.ndarray] = []
    held: list[np.ndarray] = []
    for label, indices in _groups(everything):
        if len(indices) < 2:
            raise DataError(
                f"{_called(everything, label)} needs at least 2 images, one to train on and one to validate on. "
                f"Got: {len(indices)}."
            )
        count = min(max(1, round(len(indices) * validation)), len(indices) - 1)
        order = np.random.default_rng((seed, label)).permutation(indices)
        held.append(order[:count])
        kept.append(order[count:])
    return (
        everything.select(np.sort(np.concatenate(kept)), "train"),
        everything.select(np.sort(np.concatenate(held)), "validation"),
    )


def cap_classes(split: Split, most: int, seed: int) -> Split:
    """Keeps at most `most` (at least 1) images of each class, drawn once for all epochs.

    Raises:
        UsageError: if images show several classes.
    """
    if split.is_multilabel:
        raise UsageError(f"`max_per_class` needs one class an image. Got: {most} for images with several.")
    kept = [
        np.random.default_rng((seed, CAP_STREAM, label)).permutation(indices)[:most]
        for label, indices in _groups(split)
    ]
    return split.select(np.sort(np.concatenate(kept)), split.name)


def _groups(split: Split) -> list[tuple[int, np.ndarray]]:
    if isinstance(split.labels, LabelSets):
        return [(0, np.arange(len(split)))]
    return [(label, np.flatnonzero(split.labels == label)) for label in range(len(split.class_names))]


def _called(split: Split, label: int) -> str:
    return "The data set" if split.is_multilabel else f"Class {split.class_names[label]!r}"

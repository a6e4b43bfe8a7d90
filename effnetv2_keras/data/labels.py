"""Labels of photos that show several things."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class LabelSets:
    """A set of class numbers an image, stored one after the other: 12 million images with 21,843 classes fit.

    Args:
        numbers: (M,) int32, the class numbers of all images in a row.
        starts: (N + 1,) int64, where those of each image begin.
        num_classes: K.
    """

    def __init__(self, numbers: np.ndarray, starts: np.ndarray, num_classes: int) -> None:
        self.numbers = np.asarray(numbers, np.int32)
        self.starts = np.asarray(starts, np.int64)
        self.num_classes = num_classes

    @classmethod
    def of(cls, sets: Sequence[Sequence[int] | np.ndarray], num_classes: int) -> LabelSets:
        """Builds the labels from one sequence of class numbers an image."""
        starts = np.zeros(len(sets) + 1, np.int64)
        np.cumsum([len(numbers) for numbers in sets], out=starts[1:])
        return cls(np.array([number for numbers in sets for number in numbers], np.int32), starts, num_classes)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def at(self, index: int) -> np.ndarray:
        """Returns the class numbers of one image, (M,) int32."""
        return self.numbers[self.starts[index] : self.starts[index + 1]]

    def __getitem__(self, indices: np.ndarray) -> LabelSets:
        return LabelSets.of([self.at(int(index)) for index in indices], self.num_classes)

    def rows(self, indices: np.ndarray) -> np.ndarray:
        """Returns (B, K) uint8, 1 for each class that an image shows."""
        table = np.zeros((len(indices), self.num_classes), np.uint8)
        for row, index in zip(table, indices, strict=True):
            row[self.at(int(index))] = 1
        return table

    def counts(self) -> np.ndarray:
        """Returns how many images show each class, (K,) int64."""
        return np.bincount(self.numbers, minlength=self.num_classes)


Labels = np.ndarray | LabelSets  # (N,) int32, or a set an image


def label_rows(labels: Labels, indices: np.ndarray) -> np.ndarray:
    """Returns what a batch carries: (B,) int32, or (B, K) uint8 where images show several classes."""
    return labels.rows(indices) if isinstance(labels, LabelSets) else labels[indices]


def label_counts(labels: Labels, num_classes: int) -> np.ndarray:
    """Returns how many images show each class, (K,) int64."""
    if isinstance(labels, LabelSets):
        return labels.counts()
    return np.bincount(labels, minlength=num_classes)

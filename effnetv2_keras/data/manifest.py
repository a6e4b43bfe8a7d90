"""What is known of a set of images before any of them is decoded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that was skipped, and why."""

    location: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Images with one label each: one row an image, in a fixed order.

    Args:
        name: "train", "validation" or "test".
        class_names: the label numbers' names.
        locations: path of each file.
        labels: (N,) int32, index into `class_names`.
        sizes: (N, 2) int32, height and width in px as the file stores them.
        orientations: (N,) int32, EXIF orientation, 1..8.
    """

    name: str
    class_names: tuple[str, ...]
    locations: tuple[str, ...]
    labels: np.ndarray
    sizes: np.ndarray
    orientations: np.ndarray

    def __len__(self) -> int:
        return len(self.locations)

    def bytes(self, index: int) -> bytes:
        """Returns the encoded image at `index`."""
        return Path(self.locations[index]).read_bytes()

    def select(self, indices: np.ndarray, name: str) -> Split:
        """Returns the rows `indices` as a split called `name`."""
        return replace(
            self,
            name=name,
            locations=tuple(self.locations[i] for i in indices),
            labels=self.labels[indices],
            sizes=self.sizes[indices],
            orientations=self.orientations[indices],
        )

    def counts(self) -> dict[str, int]:
        """Returns the number of images of each class."""
        numbers = np.bincount(self.labels, minlength=len(self.class_names))
        return dict(zip(self.class_names, numbers.tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A data set that is open: its splits, and what was left out.

    Args:
        train: what `fit` learns from.
        validation: what each epoch is measured on.
        bad_files: files that are no readable image.
        ignored: number of other files by extension.
    """

    train: Split
    validation: Split
    bad_files: tuple[BadFile, ...] = ()
    ignored: dict[str, int] | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers."""
        return self.train.class_names

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    def __str__(self) -> str:
        lines = [
            f"{self.num_classes} classes, {len(self.train)} training and {len(self.validation)} validation images",
        ]
        if self.bad_files:
            lines.append(f"skipped {len(self.bad_files)} unreadable:")
            lines += [f"  {bad.location}: {bad.reason}" for bad in self.bad_files[:10]]
            if len(self.bad_files) > 10:
                lines.append(f"  and {len(self.bad_files) - 10} more")
        if self.ignored:
            kinds = ", ".join(f"{extension} {count}" for extension, count in sorted(self.ignored.items()))
            lines.append(f"ignored {sum(self.ignored.values())} other files ({kinds})")
        return "\n".join(lines)

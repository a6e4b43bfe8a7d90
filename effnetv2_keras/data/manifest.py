"""What is known of a set of images before any of them is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from effnetv2_keras.data.ignored import told_of_ignored
from effnetv2_keras.data.labels import Labels, LabelSets, label_counts
from effnetv2_keras.data.stores.store import Store, select
from effnetv2_keras.errors import UsageError

ROOM = 1.25  # how much longer than the training images the shorter side of a pyramid level must be


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that was skipped, and why.

    Args:
        location: what it is called in messages: its path, or the shard and the number in it.
        reason: in a few words.
    """

    location: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The images of a split at one size: as they came, or shrunk once and for all.

    Args:
        store: gives their bytes.
        sizes: (N, 2) int32, height and width in px as the files store them.
        orientations: (N,) int32, EXIF orientation, 1..8.
        formats: (N,) str, names of `header.FORMATS`.
        side: px that the shorter sides were shrunk to; None for the images as they came.
    """

    store: Store
    sizes: np.ndarray
    orientations: np.ndarray
    formats: np.ndarray
    side: int | None = None

    def select(self, indices: np.ndarray) -> Level:
        """Returns the rows `indices`."""
        return Level(
            select(self.store, indices),
            self.sizes[indices],
            self.orientations[indices],
            self.formats[indices],
            self.side,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Images with their labels: one row an image, in a fixed order.

    Args:
        name: "train", "validation" or "test".
        class_names: the label numbers' names.
        locations: what each image is called in messages: its path, or the shard and the number in it.
        labels: (N,) int32, index into `class_names`; or `LabelSets` where images show several classes.
        full: the images as they came.
        shrunk: smaller copies, each a whole set, as `effnetv2 data build --pyramid` writes them.
        sha256: of each image's bytes, where they are known.
        balance: how far training evens the classes out, 0 (as they are) to 1 (every class as often).
    """

    name: str
    class_names: tuple[str, ...]
    locations: tuple[str, ...]
    labels: Labels
    full: Level
    shrunk: tuple[Level, ...] = ()
    sha256: tuple[str, ...] | None = None
    balance: float = 0.0

    def __len__(self) -> int:
        return len(self.locations)

    @property
    def sizes(self) -> np.ndarray:
        """(N, 2) int32, height and width in px as the files store them."""
        return self.full.sizes

    @property
    def orientations(self) -> np.ndarray:
        """(N,) int32, EXIF orientation, 1..8."""
        return self.full.orientations

    @property
    def is_multilabel(self) -> bool:
        """Whether an image may show several classes."""
        return isinstance(self.labels, LabelSets)

    def bytes(self, index: int) -> bytes:
        """Returns the encoded image at `index`.

        Raises:
            OSError: if it cannot be read.
            DataError: if it has changed since it was indexed, or is not there.
        """
        return self.full.store.read(index)

    def label_names(self, index: int) -> tuple[str, ...]:
        """Returns the names of what the image at `index` shows."""
        numbers = self.labels.at(index) if isinstance(self.labels, LabelSets) else [self.labels[index]]
        return tuple(self.class_names[number] for number in numbers)

    def level_for(self, image_size: int) -> Level:
        """Returns the smallest copies that are large enough for training at `image_size` px."""
        fitting = [level for level in self.shrunk if (level.side or 0) >= ROOM * image_size]
        return min(fitting, key=lambda level: level.side or 0, default=self.full)

    def levels(self) -> Iterator[Level]:
        """Yields the images as they came, then every smaller copy."""
        yield self.full
        yield from self.shrunk

    def select(self, indices: np.ndarray, name: str) -> Split:
        """Returns the rows `indices` as a split called `name`."""
        indices = np.asarray(indices, np.int64)
        return replace(
            self,
            name=name,
            locations=tuple(self.locations[i] for i in indices),
            labels=self.labels[indices],
            full=self.full.select(indices),
            shrunk=tuple(level.select(indices) for level in self.shrunk),
            sha256=None if self.sha256 is None else tuple(self.sha256[i] for i in indices),
        )

    def balanced(self, strength: float = 1.0) -> Split:
        """Returns a split of which training sees rare classes more often and frequent ones less.

        Args:
            strength: 0 leaves the classes as frequent as they are, 1 shows every class as often.

        Raises:
            UsageError: if `strength` is out of its range, or images show several classes.
        """
        if not 0.0 <= strength <= 1.0:
            raise UsageError(f"`balance` must be between 0 and 1. Got: {strength}.")
        if strength and self.is_multilabel:
            raise UsageError(f"`balance` needs one class an image. Got: {strength} for images with several.")
        return replace(self, balance=float(strength))

    def counts(self) -> dict[str, int]:
        """Returns the number of images of each class."""
        numbers = label_counts(self.labels, len(self.class_names))
        return dict(zip(self.class_names, numbers.tolist(), strict=True))

    def class_weights(self) -> dict[int, float]:
        """Returns the weight of each class for `fit(class_weight=...)`, so that every class counts as much.

        Their mean over the images is 1; classes without images get 0.

        Raises:
            UsageError: if images show several classes.
        """
        if self.is_multilabel:
            raise UsageError("`class_weights` needs one class an image. Got: images with several.")
        numbers = label_counts(self.labels, len(self.class_names))
        present = max(int((numbers > 0).sum()), 1)
        return {k: float(numbers.sum() / (present * count)) if count else 0.0 for k, count in enumerate(numbers)}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A data set that is open: its splits, and what was left out.

    Args:
        train: what `fit` learns from.
        validation: what each epoch is measured on.
        test: what is left for the end, where it was asked for and there is one.
        bad_files: files that are no readable image.
        ignored: number of other files by extension.
    """

    train: Split
    validation: Split
    test: Split | None = None
    bad_files: tuple[BadFile, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers."""
        return self.train.class_names

    @property
    def splits(self) -> tuple[Split, ...]:
        """Every split that is open."""
        return tuple(split for split in (self.train, self.validation, self.test) if split is not None)

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    def __str__(self) -> str:
        lines = [
            f"{self.num_classes} classes, {len(self.train)} training and {len(self.validation)} validation images",
        ]
        if self.train.is_multilabel:
            lines[0] += ", several classes an image"
        if self.bad_files:
            lines.append(f"skipped {len(self.bad_files)} unreadable:")
            lines += [f"  {bad.location}: {bad.reason}" for bad in self.bad_files[:10]]
            if len(self.bad_files) > 10:
                lines.append(f"  and {len(self.bad_files) - 10} more")
        if self.ignored:
            lines.append(told_of_ignored(self.ignored))
        return "\n".join(lines)

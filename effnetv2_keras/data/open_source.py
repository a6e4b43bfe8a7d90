"""Opens a data set, whatever it is stored as."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from effnetv2_keras.configs.rules import check_at_least
from effnetv2_keras.data.bad_files import MAX_BAD_FRACTION, check_fraction, check_max_fraction
from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.list_source import list_source
from effnetv2_keras.data.listing import EVERYTHING, Advance, Listing
from effnetv2_keras.data.manifest import BadFile, Source, Split
from effnetv2_keras.data.scan import open_part
from effnetv2_keras.data.sources.image_folder import some
from effnetv2_keras.data.splitting import cap_classes, split_by_class
from effnetv2_keras.errors import DataError, UsageError


def open_source(
    location: Any,
    *,
    validation: float = 0.2,
    seed: int = 0,
    max_per_class: int | None = None,
    max_bad_fraction: float = MAX_BAD_FRACTION,
    with_test: bool = False,
    advance: Advance | None = None,
) -> Source:
    """Opens labelled images: a folder, a table, shards, a data set of a library, arrays.

    Where the data have splits of their own, `train` is trained on and `validation` (else `test`) measured on.
    Otherwise `validation` of each class is set aside, the same images for the same `seed`. Files that cannot be read
    are skipped and named.

    Args:
        location: a path (docs/data.md lists what it may lead to), "tfds:NAME", "hf:ORG/NAME", a Hugging Face data
            set, or arrays (images, labels) or ((images, labels), (images, labels)) as keras.datasets gives them.
        validation: share of each class for validation, in (0, 1).
        seed: of the split and the cap, at least 0.
        max_per_class: most training images of a class, at least 1; None takes all.
        max_bad_fraction: share of unreadable images that is borne, in [0, 1]; fewer than 10 always are.
        with_test: open a `test` split as well, where there is one beside the validation split.
        advance: called now and then with how many headers of how many have been read.

    Returns:
        A `Source` with `.class_names`, `.num_classes`, `.train`, `.validation`; `print` it for a summary.

    Raises:
        DataError: if there is nothing there, no image, one class only, a class too small to train on or to split, a
            label that is no class number, or too much that cannot be read.
        UsageError: if a setting is out of range, or a library that the data need is not installed.
    """
    _check_settings(validation, seed, max_per_class, max_bad_fraction)
    return open_listing(
        list_source(location, advance),
        validation=validation,
        seed=seed,
        max_per_class=max_per_class,
        max_bad_fraction=max_bad_fraction,
        with_test=with_test,
        advance=advance,
    )


def open_listing(
    listing: Listing,
    *,
    validation: float = 0.2,
    seed: int = 0,
    max_per_class: int | None = None,
    max_bad_fraction: float = MAX_BAD_FRACTION,
    with_test: bool = False,
    advance: Advance | None = None,
) -> Source:
    """Opens what was listed; `open_source` says what the arguments mean, and checks their ranges.

    Returns:
        A `Source`.

    Raises:
        DataError, UsageError: as `open_source`.
    """
    bad = list(listing.bad_files)
    held_name = held_part(listing)
    main = next((name for name in ("train", EVERYTHING) if name in listing.parts), None)
    if main is None:
        raise DataError(f"{listing.place} must have a split to train on. Got: {some(list(listing.parts))}.")
    train = open_part(listing.parts[main], "train", listing.class_names, bad, advance)
    _check_train(train, listing, bad)
    if held_name is None:
        train, held = split_by_class(train, validation, seed)
    else:
        held = open_part(listing.parts[held_name], "validation", listing.class_names, bad, advance)
        require_images(held, listing, bad)
        check_labels(held)
    test = None
    if with_test and "test" in listing.parts and held_name == "validation":
        test = open_part(listing.parts["test"], "test", listing.class_names, bad, advance)
        check_labels(test)
    opened = len(train) + len(held) + (len(test) if test is not None else 0)
    check_fraction(bad, opened + len(bad), max_bad_fraction)
    if max_per_class is not None:
        train = cap_classes(train, max_per_class, seed)
    return Source(train, held, test, tuple(bad), dict(listing.ignored))


def held_part(listing: Listing) -> str | None:
    """Returns the name of the part that training measures on, None where one has to be set aside."""
    return next((name for name in ("validation", "test") if name in listing.parts), None)


def open_split(
    location: Any, class_names: tuple[str, ...], *, name: str = "test", advance: Advance | None = None
) -> tuple[Split, tuple[BadFile, ...]]:
    """Opens labelled images whose classes are known already, to measure on them.

    Of data with splits, `test` is taken, else `validation`; of data without, everything.

    Args:
        location: as for `open_source`.
        class_names: in the order of the label numbers.
        name: of the split.
        advance: called now and then with how many headers of how many have been read.

    Returns:
        The split, its label numbers those of `class_names`; and the files that cannot be read.

    Raises:
        DataError: if there is no such split, no image in it, or a class that `class_names` lacks.
        UsageError: if a library that the data need is not installed.
    """
    listing = list_source(location, advance)
    part = next((listing.parts[key] for key in ("test", "validation", EVERYTHING) if key in listing.parts), None)
    if part is None:
        raise DataError(f"{listing.place} must have a test or validation split. Got: {some(list(listing.parts))}.")
    bad = list(listing.bad_files)
    split = open_part(part, name, listing.class_names, bad, advance)
    require_images(split, listing, bad)
    check_labels(split)
    return _renumbered(split, class_names, listing.place), tuple(bad)


def require_images(split: Split, listing: Listing, bad: list[BadFile]) -> None:
    """Refuses a split without images, and says what was there instead.

    Raises:
        DataError: if it has none.
    """
    if len(split):
        return
    seen = ", ".join(f"{count} {extension}" for extension, count in listing.ignored.most_common()) or "none"
    unreadable = ""
    if bad:
        count = "1 image file is" if len(bad) == 1 else f"{len(bad)} image files are"
        unreadable = f" {count} unreadable, the first: {bad[0].location} ({bad[0].reason})."
    raise DataError(f"No images in {listing.place}: {listing.needs}. Other files seen: {seen}.{unreadable}")


def check_labels(split: Split) -> None:
    """Refuses labels that are no class number, and names the first images that carry them.

    Raises:
        DataError: if there are such labels.
    """
    count = len(split.class_names)
    if isinstance(split.labels, LabelSets):
        wrong = [i for i in range(len(split)) if (split.labels.at(i) < 0).any() or (split.labels.at(i) >= count).any()]
        given = [str(split.labels.at(i).tolist()) for i in wrong[:3]]
    else:
        wrong = np.flatnonzero((split.labels < 0) | (split.labels >= count)).tolist()
        given = [str(split.labels[i]) for i in wrong[:3]]
    if wrong:
        named = "; ".join(f"{split.locations[i]}: {label}" for i, label in zip(wrong, given, strict=False))
        raise DataError(f"Labels must be class numbers from 0 to {count - 1}. Got {len(wrong)} others: {named}.")


def _check_settings(validation: float, seed: int, max_per_class: int | None, max_bad_fraction: float) -> None:
    """Refuses what is out of its range, before the first file is looked at."""
    if not 0.0 < validation < 1.0:
        raise UsageError(f"`validation` must be between 0 and 1, a share of each class. Got: {validation}.")
    check_at_least("seed", seed, 0)
    if max_per_class is not None:
        check_at_least("max_per_class", max_per_class, 1)
    check_max_fraction(max_bad_fraction)


def _check_train(train: Split, listing: Listing, bad: list[BadFile]) -> None:
    require_images(train, listing, bad)
    check_labels(train)
    counts = train.counts()
    filled = [name for name, count in counts.items() if count]
    empty = [name for name, count in counts.items() if not count]
    if len(filled) < 2:
        raise DataError(f"{listing.place} must hold at least 2 classes. Got one only: {filled[0]!r}.")
    if empty:
        raise DataError(
            f"Every class of {listing.place} must have images to train on. "
            f"Got none for {len(empty)} of {len(counts)}: {some(empty)}."
        )


def _renumbered(split: Split, class_names: tuple[str, ...], place: str) -> Split:
    """Returns the split with the label numbers of `class_names`."""
    used = [name for name, count in split.counts().items() if count]
    unknown = [name for name in used if name not in class_names]
    if unknown:
        raise DataError(
            f"Classes of {place} must be among the {len(class_names)} known ones ({some(class_names)}). "
            f"Got also: {some(unknown)}."
        )
    known = {name: number for number, name in enumerate(class_names)}
    numbers = np.array([known.get(name, -1) for name in split.class_names], np.int32)
    labels = split.labels
    if isinstance(labels, LabelSets):
        return replace(
            split,
            class_names=class_names,
            labels=LabelSets(numbers[labels.numbers], labels.starts, len(class_names)),
        )
    return replace(split, class_names=class_names, labels=numbers[labels])

"""Opens a data set, whatever it is stored as."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from effnetv2_keras.data.image_folder import Scan, class_folders, read_folder, require_images
from effnetv2_keras.data.manifest import Source, Split
from effnetv2_keras.errors import DataError, UsageError

TRAINING_FOLDERS = ("train", "training")  # in small or capital letters
VALIDATION_FOLDERS = ("val", "valid", "validation", "test", "testing")  # the first that is there


def open_source(location: str | os.PathLike, *, validation: float = 0.2, seed: int = 0) -> Source:
    """Opens a folder that holds a folder of images a class.

    With folders `train` and `val` (or `test`) on top, these are the splits. Otherwise `validation` of each class is
    set aside, the same images for the same `seed`. Files that cannot be read are skipped and named.

    Args:
        location: the folder.
        validation: share of each class for validation, in (0, 1).
        seed: of the split.

    Returns:
        A `Source` with `.class_names`, `.num_classes`, `.train`, `.validation`; `print` it for a summary.

    Raises:
        DataError: if there is no such folder, no image, one class only, or a class too small to split.
        UsageError: if `validation` is out of range.
    """
    directory = _existing_folder(location)
    if not 0.0 < validation < 1.0:
        raise UsageError(f"`validation` must be between 0 and 1, a share of each class. Got: {validation}.")
    training, held_out = _split_folders(directory)
    scan = Scan()
    if training is None:
        everything = _read_classes(directory, "train", scan)
        train, held = split_by_class(everything, validation, seed)
    else:
        train = _read_classes(directory / training, "train", scan)
        if held_out is None:
            train, held = split_by_class(train, validation, seed)
        else:
            held = open_split(directory / held_out, train.class_names, scan=scan)
    return Source(train, held, tuple(scan.bad_files), dict(scan.ignored))


def open_split(
    location: str | os.PathLike, class_names: tuple[str, ...], *, scan: Scan | None = None, name: str = "validation"
) -> Split:
    """Opens a folder of labelled images whose classes are known already.

    `location` holds a folder a class, or a `test` or `val` folder that does.

    Raises:
        DataError: if there is no such folder, no image in it, or a class that `class_names` lacks.
    """
    directory = _existing_folder(location)
    scan = Scan() if scan is None else scan
    folders = class_folders(directory)
    inner = _first_of(VALIDATION_FOLDERS[::-1], folders)
    if inner is not None and inner not in class_names:
        return open_split(directory / inner, class_names, scan=scan, name=name)
    unknown = [folder for folder in folders if folder not in class_names]
    if unknown:
        raise DataError(
            f"Class folders in {directory} must be among the {len(class_names)} known classes "
            f"({_some(class_names)}). Got also: {_some(unknown)}."
        )
    split = read_folder(directory, name, class_names, scan)
    require_images(split, directory, scan)
    return split


def split_by_class(everything: Split, validation: float, seed: int) -> tuple[Split, Split]:
    """Sets aside `validation` of each class, at least one image and never all.

    Raises:
        DataError: if a class has a single image.
    """
    kept: list[np.ndarray] = []
    held: list[np.ndarray] = []
    for label, class_name in enumerate(everything.class_names):
        indices = np.flatnonzero(everything.labels == label)
        if len(indices) < 2:
            raise DataError(
                f"Class {class_name!r} needs at least 2 images, one to train on and one to validate on. "
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


def _read_classes(directory: Path, name: str, scan: Scan) -> Split:
    split = read_folder(directory, name, tuple(class_folders(directory)), scan)
    if not len(split):
        for entry in directory.iterdir():
            if entry.is_file():
                scan.ignored[entry.suffix.lower() or "no extension"] += 1
    require_images(split, directory, scan)
    filled = [class_name for class_name, count in split.counts().items() if count]
    if len(filled) < 2:
        raise DataError(f"{directory} must hold at least 2 classes, a folder each. Got one only: {filled[0]!r}.")
    empty = [class_name for class_name, count in split.counts().items() if not count]
    if empty:
        raise DataError(f"Every class folder in {directory} must hold images. Empty: {_some(empty)}.")
    return split


def _split_folders(directory: Path) -> tuple[str | None, str | None]:
    """Returns the names of the training and the held-out folder, None where there is none; they may be classes."""
    folders = class_folders(directory)
    training, held_out = _first_of(TRAINING_FOLDERS, folders), _first_of(VALIDATION_FOLDERS, folders)
    others = [name for name in folders if name.lower() not in TRAINING_FOLDERS + VALIDATION_FOLDERS]
    if others and not any(class_folders(directory / name) for name in (training, held_out) if name):
        return None, None
    if training is None and held_out is not None and not others:
        raise DataError(f"{directory} must hold a train folder beside {' and '.join(folders)}. Got none.")
    return training, held_out


def _first_of(wanted: tuple[str, ...], folders: list[str]) -> str | None:
    return next((name for want in wanted for name in folders if name.lower() == want), None)


def _existing_folder(location: str | os.PathLike) -> Path:
    directory = Path(location).expanduser()
    if not directory.exists():
        raise DataError(f"No such directory: {directory}.")
    if not directory.is_dir():
        raise DataError(f"{directory} must be a directory of class folders. Got a file.")
    return directory


def _some(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")

"""A folder a class, image files in it: the layout most people have."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from effnetv2_keras.data.listing import EVERYTHING, Listing, Part
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.errors import DataError

EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp")
NEEDS = f"a folder a class is needed, with {' '.join(EXTENSIONS)} files in it"
# the names that people give the folders of a split, in small or capital letters; the first that is there counts
SPLIT_FOLDERS = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
SPLIT_OF = {name: split for split, names in SPLIT_FOLDERS.items() for name in names}


def list_image_folder(directory: Path) -> Listing:
    """Lists a folder of class folders, or of `train`, `val` and `test` folders that hold such.

    Raises:
        DataError: if there are held-out folders beside no folder to train on, or classes that training lacks.
    """
    folders = _split_folders(directory)
    ignored: Counter[str] = Counter()
    if folders is None:
        names = tuple(class_folders(directory))
        return _listing(directory, names, {EVERYTHING: _read(directory, names, ignored)}, ignored)
    names = tuple(class_folders(directory / folders["train"]))
    parts = {}
    for split, folder in folders.items():
        unknown = [name for name in class_folders(directory / folder) if name not in names]
        if unknown:
            raise DataError(
                f"Class folders in {directory / folder} must be among the {len(names)} known classes "
                f"({some(names)}). Got also: {some(unknown)}."
            )
        parts[split] = _read(directory / folder, names, ignored)
    return _listing(directory, names, parts, ignored)


def class_folders(directory: Path) -> list[str]:
    """Returns the names of the folders in `directory` in order, hidden ones left out."""
    return sorted(entry.name for entry in os.scandir(directory) if entry.is_dir() and not entry.name.startswith("."))


def image_files(folder: Path, ignored: Counter[str] | None = None) -> Iterator[Path]:
    """Yields the image files below `folder` in order, hidden ones left out; counts the others by extension."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(name for name in files if not name.startswith(".")):
            extension = Path(file).suffix.lower()
            if extension in EXTENSIONS:
                yield Path(parent, file)
            elif ignored is not None:
                ignored[extension or "no extension"] += 1


def some(names: tuple[str, ...] | list[str]) -> str:
    """Returns the first five names, for a message."""
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _read(directory: Path, class_names: tuple[str, ...], ignored: Counter[str]) -> Part:
    paths: list[str] = []
    labels: list[int] = []
    for label, class_name in enumerate(class_names):
        found = [str(path) for path in image_files(directory / class_name, ignored)]
        paths += found
        labels += [label] * len(found)
    return Part(tuple(paths), np.array(labels, np.int32), Files(paths))


def _listing(directory: Path, class_names: tuple[str, ...], parts: dict[str, Part], ignored: Counter[str]) -> Listing:
    if not any(part.locations for part in parts.values()):
        for entry in directory.iterdir():
            if entry.is_file():
                ignored[entry.suffix.lower() or "no extension"] += 1
    return Listing(str(directory), class_names, parts, ignored=ignored, needs=NEEDS)


def _split_folders(directory: Path) -> dict[str, str] | None:
    """Returns the folder of each split, or None where the folders are classes; a class may be called `train`."""
    folders = class_folders(directory)
    named: dict[str, str] = {}
    for split, names in SPLIT_FOLDERS.items():
        found = next((folder for want in names for folder in folders if folder.lower() == want), None)
        if found is not None:
            named[split] = found
    others = [folder for folder in folders if folder.lower() not in SPLIT_OF]
    if others and not any(class_folders(directory / folder) for folder in named.values()):
        return None
    if named and "train" not in named and not others:
        raise DataError(f"{directory} must hold a train folder beside {' and '.join(folders)}. Got none.")
    return named if "train" in named else None

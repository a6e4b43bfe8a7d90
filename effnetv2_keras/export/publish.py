"""Numbered versions in a folder that a server watches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.atomic import publish_folder


def next_version(directory: Path) -> int:
    """Returns one above the highest version in `directory`, 1 where there is none."""
    versions = (
        [int(entry.name) for entry in directory.iterdir() if entry.name.isdecimal()] if directory.is_dir() else []
    )
    return max(versions, default=0) + 1


def version_folder(directory: Path, version: int | None) -> Path:
    """Returns the folder of a new version.

    Raises:
        UsageError: if `version` is no positive number or is there already.
    """
    number = next_version(directory) if version is None else version
    if number < 1:
        raise UsageError(f"`version` must be at least 1. Got: {number}.")
    folder = directory / str(number)
    if folder.exists():
        raise UsageError(f"`version` must be new, since a server may hold the old one open. Got: {folder}.")
    return folder


def publish_version(directory: Path, version: int | None, write: Callable[[Path], None]) -> Path:
    """Lets `write` fill a folder whose name is no number, which servers pass over, then renames it to the version.

    Where the version is free to choose and somebody else takes the number in the meantime, the next one is taken.

    Raises:
        UsageError: if `version` is no positive number or is there already.
    """
    folder = version_folder(directory, version)
    return publish_folder(folder, write, or_else=lambda: version_folder(directory, version))

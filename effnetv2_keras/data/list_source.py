"""Finds out what a location is, and lists it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from effnetv2_keras.data.listing import Advance, Listing
from effnetv2_keras.data.sources.arrays import is_arrays, list_arrays
from effnetv2_keras.data.sources.hugging_face import (
    is_hugging_face,
    is_hugging_face_name,
    is_saved,
    list_hugging_face,
    list_hugging_face_name,
    list_saved,
)
from effnetv2_keras.data.sources.image_folder import list_image_folder
from effnetv2_keras.data.sources.records import is_records, list_records
from effnetv2_keras.data.sources.shards import is_shards, list_shards
from effnetv2_keras.data.sources.table import READERS, is_table, list_table
from effnetv2_keras.data.sources.tfds import is_prepared, is_tfds_name, list_prepared, list_tfds_name
from effnetv2_keras.errors import DataError

Recognise = Callable[[Any], bool]
List = Callable[[Any, Advance | None], Listing]

# fmt: off
# the first that recognises a location lists it
#   recognised by              listed by
OBJECTS: tuple[tuple[Recognise, List], ...] = (
    (is_arrays,                lambda arrays, advance: list_arrays(arrays)),
    (is_hugging_face,          lambda data, advance: list_hugging_face(data)),
    (is_hugging_face_name,     lambda name, advance: list_hugging_face_name(name)),
    (is_tfds_name,             list_tfds_name),
)
PATHS: tuple[tuple[Recognise, List], ...] = (
    (is_table,                 lambda path, advance: list_table(path)),
    (is_saved,                 lambda path, advance: list_saved(path)),
    (is_prepared,              list_prepared),
    (is_shards,                lambda path, advance: list_shards(path)),
    (is_records,               list_records),
    (Path.is_dir,              lambda path, advance: list_image_folder(path)),
)
# fmt: on
KNOWN = "a directory of class folders, a table or shards (docs/data.md)"


def list_source(location: Any, advance: Advance | None = None) -> Listing:
    """Lists labelled images, whatever they are stored as; `docs/data.md` says what is known.

    Args:
        location: a path, a name, or data in memory.
        advance: called now and then with how many images of how many have been looked at.

    Raises:
        DataError: if there is nothing there that is known, or it is damaged.
        UsageError: if a library that it needs is not installed.
    """
    for recognise, list_it in OBJECTS:
        if recognise(location):
            return list_it(location, advance)
    if not isinstance(location, (str, os.PathLike)):
        raise DataError(f"Data must be a path, a name or arrays (docs/data.md). Got: {type(location).__name__}.")
    path = Path(location).expanduser()
    if not path.exists():
        raise DataError(f"No such {'file' if path.suffix.lower() in READERS else 'directory'}: {path}.")
    for recognise, list_it in PATHS:
        if recognise(path):
            return list_it(path, advance)
    raise DataError(f"{path} must be {KNOWN}. Got a file.")

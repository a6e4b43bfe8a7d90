"""Finds out what a location is, and lists it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from effnetv2_keras.data.listing import Listing
from effnetv2_keras.data.shards.catalogue import CATALOGUE
from effnetv2_keras.data.sources.image_folder import list_image_folder
from effnetv2_keras.data.sources.shards import list_shards
from effnetv2_keras.errors import DataError


def list_source(location: Any) -> Listing:
    """Lists labelled images, whatever they are stored as; `docs/data.md` says what is known.

    Raises:
        DataError: if there is nothing there that is known.
    """
    path = Path(os.fspath(location)).expanduser()
    if not path.exists():
        raise DataError(f"No such directory: {path}.")
    if not path.is_dir():
        raise DataError(f"{path} must be a directory of class folders. Got a file.")
    if (path / CATALOGUE).is_file():
        return list_shards(path)
    return list_image_folder(path)

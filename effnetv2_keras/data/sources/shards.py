"""A folder that `effnetv2 data build` has written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from effnetv2_keras.data.labels import Labels, LabelSets
from effnetv2_keras.data.listing import Listing, Part
from effnetv2_keras.data.manifest import Level
from effnetv2_keras.data.shards.catalogue import CATALOGUE, check_files, read_catalogue
from effnetv2_keras.data.shards.index import load_index
from effnetv2_keras.data.stores.records import Records
from effnetv2_keras.errors import DataError


def is_shards(path: Path) -> bool:
    """Tells a folder of shards by its catalogue."""
    return (path / CATALOGUE).is_file()


def list_shards(folder: Path) -> Listing:
    """Lists the splits of a folder with `shards.json`, after its files were checked.

    Raises:
        DataError: if a shard or its index is missing, cut short or changed.
    """
    about = read_catalogue(folder)
    check_files(folder, about)
    parts = {name: _part(folder, shards, about) for name, shards in about["splits"].items()}
    return Listing(str(folder), tuple(about["class_names"]), parts)


def _part(folder: Path, shards: list[str], about: dict[str, Any]) -> Part:
    try:
        indices = [load_index(folder / f"{name}.npz") for name in shards]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{folder} must hold the index of every shard as it was written. Got: {error}.") from None
    files = [str(folder / f"{name}.tfrecord") for name in shards]
    counts = [len(index["names"]) for index in indices]
    full = _level(folder, shards, indices, "")
    return Part(
        tuple(f"{file}#{number}" for file, count in zip(files, counts, strict=True) for number in range(count)),
        _labels(indices, about),
        full.store,
        full,
        tuple(_level(folder, shards, indices, str(side)) for side in about["pyramid"]),
        tuple(_column(indices, "sha256").tolist()),
    )


def _level(folder: Path, shards: list[str], indices: list[dict[str, Any]], level: str) -> Level:
    counts = [len(index["names"]) for index in indices]

    def column(name: str) -> np.ndarray:
        return _column(indices, f"{level}/{name}")

    store = Records(
        [str(folder / level / f"{name}.tfrecord") for name in shards],
        np.repeat(np.arange(len(shards)), counts),
        column("offset"),
        column("length"),
        column("crc"),
    )
    sizes = np.stack([column("height"), column("width")], axis=1)
    upright = np.ones(sum(counts), np.int32)
    return Level(store, sizes, upright, column("format"), int(level) if level else None)


def _labels(indices: list[dict[str, Any]], about: dict[str, Any]) -> Labels:
    numbers = _column(indices, "labels")
    if not about["is_multilabel"]:
        return numbers
    lengths = np.concatenate([np.diff(index["starts"]) for index in indices])
    return LabelSets(numbers, np.concatenate([[0], np.cumsum(lengths)]), len(about["class_names"]))


def _column(indices: list[dict[str, Any]], name: str) -> np.ndarray:
    return np.concatenate([index[name] for index in indices])

"""`shards.json`: what a folder of shards must hold, so that nothing can be lost without a word."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from effnetv2_keras.data.manifest import Source
from effnetv2_keras.data.shards.walk import count_records
from effnetv2_keras.data.shards.write import Shard
from effnetv2_keras.errors import DataError
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.files.digest import sha256_of

CATALOGUE = "shards.json"
HASHED_AT_OPEN = 4 << 30  # bytes; larger data sets are hashed by `effnetv2 data check`, and each photo when it is read
VERSION = 1


def write_catalogue(folder: Path, source: Source, shards: list[Shard], indices: dict[str, dict[str, Any]]) -> None:
    """Writes `shards.json`; from then on the folder is a data set."""
    files = [
        {
            "file": str(shard.file(level).relative_to(folder)),
            "records": len(indices[shard.name]["names"]),
            "num_bytes": indices[shard.name]["files"][level][0],
            "sha256": indices[shard.name]["files"][level][1],
        }
        for shard in shards
        for level in shard.levels
    ]
    splits: dict[str, list[str]] = {}
    for shard in shards:
        splits.setdefault(shard.split.name, []).append(shard.name)
    about = {
        "version": VERSION,
        "class_names": source.class_names,
        "is_multilabel": source.train.is_multilabel,
        "pyramid": shards[0].pyramid,
        "splits": splits,
        "files": files,
    }
    write_text(folder / CATALOGUE, json.dumps(about, indent=1, ensure_ascii=False))


def read_catalogue(folder: Path) -> dict[str, Any]:
    """Reads `shards.json`.

    Raises:
        DataError: if it is none.
    """
    try:
        about = json.loads((folder / CATALOGUE).read_text(encoding="utf-8"))
        if about["version"] != VERSION:
            raise DataError(f"{folder / CATALOGUE} must be of version {VERSION}. Got: {about['version']}.")
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{folder / CATALOGUE} must be what `effnetv2 data build` writes. Got: {error}.") from None
    return about


def check_files(folder: Path, about: dict[str, Any], *, hashes: bool | None = None) -> None:
    """Refuses shards that are not what was written.

    Sizes are always compared, hashes where the whole is at most 4 GiB, or as `hashes` says.

    Raises:
        DataError: names the first shard that is missing, cut short or changed, and how many records it must hold.
    """
    files = about["files"]
    for entry in files:
        path = folder / entry["file"]
        must = f"{path} must hold {entry['records']} records in {entry['num_bytes']} bytes"
        if not path.is_file():
            raise DataError(f"{must}. Got: no such file.")
        if path.stat().st_size != entry["num_bytes"]:
            raise DataError(f"{must}. Got: {count_records(path)} whole records in {path.stat().st_size} bytes.")
    if hashes is None:
        hashes = sum(entry["num_bytes"] for entry in files) <= HASHED_AT_OPEN
    if hashes:
        with ThreadPoolExecutor() as threads:
            found = threads.map(lambda entry: sha256_of(folder / entry["file"]), files)
            for entry, sha256 in zip(files, found, strict=True):
                if sha256 != entry["sha256"]:
                    raise DataError(
                        f"{folder / entry['file']} must hold {entry['records']} records as they were written "
                        f"(sha256 {entry['sha256'][:12]}...). Got: changed bytes (sha256 {sha256[:12]}...)."
                    )

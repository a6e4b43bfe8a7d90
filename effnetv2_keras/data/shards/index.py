"""What lies where in one shard and its smaller copies, kept beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from effnetv2_keras.data.header import Header
from effnetv2_keras.files.atomic import write_whole

COLUMNS = ("offset", "length", "crc", "height", "width", "format")


@dataclass(slots=True)
class FileIndex:
    """The records of one TFRecord file, and what the file itself must be.

    Args:
        rows: a row a record, with `COLUMNS`.
        num_bytes: size of the file.
        sha256: of the file.
    """

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    num_bytes: int = 0
    sha256: str = ""

    def add(self, offset: int, data: bytes, crc: int, header: Header) -> None:
        """Notes a record whose photo begins at `offset`."""
        self.rows.append((offset, len(data), crc, header.height, header.width, header.format))


@dataclass(slots=True)
class ShardIndex:
    """One shard: its photos, and where they lie in the full file and in each smaller one.

    Args:
        files: by level: "" for the photos as they came, the side in px for smaller copies.
        names: what each photo was called.
        labels: class numbers of each photo.
        sha256: of each photo's bytes.
        bad: what was left out, location and reason.
    """

    files: dict[str, FileIndex]
    names: list[str] = field(default_factory=list)
    labels: list[list[int]] = field(default_factory=list)
    sha256: list[str] = field(default_factory=list)
    bad: list[tuple[str, str]] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Writes the index whole; where it stands, its shard is finished."""
        arrays: dict[str, np.ndarray] = {}
        for level, index in self.files.items():
            for number, column in enumerate(COLUMNS):
                arrays[f"{level}/{column}"] = np.array([row[number] for row in index.rows], _type(column))
        starts = np.cumsum([0, *map(len, self.labels)])
        about = {
            "files": {level: [index.num_bytes, index.sha256] for level, index in self.files.items()},
            "bad": self.bad,
        }

        def write(aside: Path) -> None:
            with aside.open("wb") as file:
                np.savez_compressed(
                    file,
                    about=np.array(json.dumps(about)),
                    names=np.array(self.names, str),
                    sha256=np.array(self.sha256, "<U64"),
                    labels=np.array([number for numbers in self.labels for number in numbers], np.int32),
                    starts=starts,
                    **arrays,  # type: ignore[arg-type]
                )

        write_whole(path, write)


def load_index(path: Path) -> dict[str, Any]:
    """Returns the arrays of an index, and under "files" and "bad" what it says of its files."""
    with np.load(path, allow_pickle=False) as file:
        loaded: dict[str, Any] = {name: file[name] for name in file.files}
    return {**loaded, **json.loads(str(loaded.pop("about")))}


def _type(column: str) -> str:
    return {"offset": "<i8", "length": "<i8", "crc": "<u4", "format": "<U4"}.get(column, "<i4")

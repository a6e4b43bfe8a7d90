"""Where the photos lie in shards that somebody else has written: found in one pass, and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from effnetv2_keras.data.header import Header
from effnetv2_keras.data.index_folder import index_file
from effnetv2_keras.data.listing import Advance
from effnetv2_keras.data.sources.examples import Found, Keys, find_photo
from effnetv2_keras.errors import DataError
from effnetv2_keras.files.atomic import write_whole

LAYOUT = "records 1"
THREADS = 4
TOLD_EVERY = 256

ReadShard = Callable[[Path, int | None], Iterator[tuple[int, bytes]]]  # yields where each record begins, and its bytes


@dataclass(frozen=True, slots=True, eq=False)
class RecordIndex:
    """One row a photo, in the order of the shards.

    Args:
        shards: (N,) int32, number of the shard.
        records: (N,) int64, number of the record in it.
        offsets: (N,) int64, where the photo's bytes begin: in the shard, or in the record.
        lengths: (N,) int64, how many they are.
        checksums: (N,) uint32, zlib.crc32 of them.
        numbers: (M,) int64, the labels of all photos in a row, as written.
        starts: (N + 1,) int64, where those of each photo begin.
        texts: (N,) str, what the class is called, where that is written.
        sizes: (N, 2) int32, height and width in px.
        orientations: (N,) int32, EXIF orientation.
        formats: (N,) str.
        reasons: (N,) str, why a photo cannot be used; "" for the others.
    """

    shards: np.ndarray
    records: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray
    checksums: np.ndarray
    numbers: np.ndarray
    starts: np.ndarray
    texts: np.ndarray
    sizes: np.ndarray
    orientations: np.ndarray
    formats: np.ndarray
    reasons: np.ndarray


def index_shards(
    paths: Sequence[Path],
    read: ReadShard,
    keys: Keys,
    expected: Sequence[int] | None = None,
    advance: Advance | None = None,
) -> RecordIndex:
    """Returns what is in the shards, from the user's cache directory where they were looked through before.

    Args:
        paths: the shards.
        read: yields the records of one, given its path and how many it must have.
        keys: names of the features.
        expected: how many records each must have, where that is known.
        advance: called now and then with how many records of about how many have been looked at.

    Raises:
        DataError: if a shard is damaged, empty or cut short, or holds other things.
    """
    for path in paths:
        if not path.is_file():
            raise DataError(f"Shard {path} must be there. Got: no such file.")
    kept = index_file(paths, f"{LAYOUT} {keys} {expected}", ".npz")
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as arrays:
            return RecordIndex(**{field.name: arrays[field.name] for field in fields(RecordIndex)})
    progress = _Progress(sum(path.stat().st_size for path in paths), advance)
    counts: Sequence[int | None] = expected or [None] * len(paths)

    def look_through(path: Path, count: int | None) -> list[tuple[int, Found]]:
        found = []
        for number, (start, record) in enumerate(read(path, count)):
            try:
                photo = find_photo(record, keys)
            except ValueError as error:
                raise DataError(
                    f"Records of {path} must hold {keys.image!r} and {keys.label!r}. Got in record {number}: {error}."
                ) from error
            found.append((start + photo.offset, photo))
            progress.step(len(record))
        return found

    with ThreadPoolExecutor(THREADS) as threads:
        index = _table(list(threads.map(look_through, paths, counts)))
    progress.end()
    write_whole(kept, lambda aside: _save(aside, index))
    return index


class _Progress:
    """Tells how many records have been looked at, of how many there must be by the size of those so far."""

    def __init__(self, total_bytes: int, advance: Advance | None) -> None:
        self.total_bytes, self.advance = total_bytes, advance
        self.count = self.seen_bytes = 0
        self._lock = threading.Lock()

    def step(self, num_bytes: int) -> None:
        with self._lock:
            self.count += 1
            self.seen_bytes += num_bytes
            if self.advance is not None and self.count % TOLD_EVERY == 0:
                about = round(self.count * self.total_bytes / self.seen_bytes)
                self.advance(self.count, max(self.count, about))

    def end(self) -> None:
        if self.advance is not None:
            self.advance(self.count, self.count)


def _table(found: list[list[tuple[int, Found]]]) -> RecordIndex:
    rows = [(shard, record, *photo) for shard, photos in enumerate(found) for record, photo in enumerate(photos)]
    photos = [row[3] for row in rows]
    headers = [photo.header if isinstance(photo.header, Header) else None for photo in photos]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(photo.labels) for photo in photos], out=starts[1:])
    return RecordIndex(
        shards=np.array([row[0] for row in rows], np.int32),
        records=np.array([row[1] for row in rows], np.int64),
        offsets=np.array([row[2] for row in rows], np.int64),
        lengths=np.array([photo.length for photo in photos], np.int64),
        checksums=np.array([photo.checksum for photo in photos], np.uint32),
        numbers=np.array([number for photo in photos for number in photo.labels], np.int64),
        starts=starts,
        texts=np.array([photo.text for photo in photos], str),
        sizes=np.array([(h.height, h.width) if h else (0, 0) for h in headers], np.int32).reshape(-1, 2),
        orientations=np.array([h.orientation if h else 1 for h in headers], np.int32),
        formats=np.array([h.format if h else "" for h in headers], "<U4"),
        reasons=np.array(["" if isinstance(photo.header, Header) else photo.header for photo in photos], str),
    )


def _save(path: Path, index: RecordIndex) -> None:
    with path.open("wb") as file:
        np.savez(file, **{field.name: getattr(index, field.name) for field in fields(index)})

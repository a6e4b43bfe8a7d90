"""Reads the headers of a part's images, in threads, and leaves out what is no image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from effnetv2_keras.data.header import HEADER_ERRORS, Header, header_error, read_header
from effnetv2_keras.data.listing import Advance, Part
from effnetv2_keras.data.manifest import BadFile, Level, Split
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.data.stores.store import Store, select
from effnetv2_keras.errors import DataError

THREADS = 8
CHUNK = 256


def open_part(
    part: Part, name: str, class_names: tuple[str, ...], bad_files: list[BadFile], advance: Advance | None = None
) -> Split:
    """Returns the part's readable images as a split; appends the others to `bad_files`."""
    if part.full is not None:
        return Split(name, class_names, part.locations, part.labels, part.full, part.shrunk, part.sha256)
    headers: list[Header] = []
    good: list[int] = []
    for index, header in enumerate(read_headers(part.store, len(part.locations), advance)):
        if isinstance(header, Header):
            headers.append(header)
            good.append(index)
        else:
            bad_files.append(BadFile(part.locations[index], header))
    level = level_of(part.store, range(len(good)) if len(good) == len(part.locations) else good, headers)
    rows = np.array(good, np.int64)
    sha256 = None if part.sha256 is None else tuple(part.sha256[i] for i in good)
    return Split(name, class_names, tuple(part.locations[i] for i in good), part.labels[rows], level, (), sha256)


def level_of(store: Store, rows: Sequence[int], headers: Sequence[Header]) -> Level:
    """Returns the rows of `store` with what their headers say."""
    picked = store if isinstance(rows, range) else select(store, np.array(rows, np.int64))
    return Level(
        picked,
        np.array([(header.height, header.width) for header in headers], np.int32).reshape(-1, 2),
        np.array([header.orientation for header in headers], np.int32),
        np.array([header.format for header in headers], "<U4"),
    )


def read_headers(store: Store, count: int, advance: Advance | None = None) -> Iterator[Header | str]:
    """Yields the header of each image in order, or why it is none."""

    def read(index: int) -> Header | str:
        try:
            source = Path(store.paths[index]) if isinstance(store, Files) else store.read(index)
        except (OSError, DataError) as error:
            return getattr(error, "strerror", None) or str(error)
        try:
            return read_header(source)
        except HEADER_ERRORS as error:
            return header_error(source, error)

    with ThreadPoolExecutor(THREADS) as threads:
        for first in range(0, count, CHUNK):
            chunk: Iterable[int] = range(first, min(first + CHUNK, count))
            yield from threads.map(read, chunk)
            if advance is not None:
                advance(min(first + CHUNK, count), count)

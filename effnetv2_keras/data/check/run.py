"""Looks at every image of a source, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from effnetv2_keras.data.bad_files import MAX_BAD_FRACTION, check_max_fraction
from effnetv2_keras.data.check.classes import class_notes, count_classes
from effnetv2_keras.data.check.complaints import load_complaints
from effnetv2_keras.data.check.findings import FINDINGS, Finding, Row
from effnetv2_keras.data.check.look import Look, look_at
from effnetv2_keras.data.check.near import load_picture_hash
from effnetv2_keras.data.check.pairs import Pair, duplicates, near_duplicates
from effnetv2_keras.data.check.verdict import why_training_stops
from effnetv2_keras.data.labels import Labels, LabelSets
from effnetv2_keras.data.list_source import list_source
from effnetv2_keras.data.listing import Advance, Listing, Part

CHUNK = 64  # images a thread, between two looks at the progress


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What was found in a source.

    Args:
        listing: what was looked at.
        rows: one an image, in the listing's order.
        counts: of each class in each part, readable images only.
        notes: what is odd about the classes, a sentence each.
        duplicates: images with the same bytes.
        near: images that look alike; None where not asked for.
        verdict: why training would stop; None where it would run.
        is_strict: whether libjpeg was asked for complaints.
    """

    listing: Listing
    rows: tuple[Row, ...]
    counts: dict[str, list[int]]
    notes: tuple[str, ...]
    duplicates: tuple[Pair, ...]
    near: tuple[Pair, ...] | None
    verdict: str | None
    is_strict: bool

    @property
    def bad(self) -> list[Row]:
        """The images that cannot be trained on."""
        return [row for row in self.rows if not row.look.is_ok]

    def found(self) -> dict[Finding, list[Row]]:
        """Returns the images of each finding that there are any of."""
        found = {finding: [row for row in self.rows if finding.applies(row)] for finding in FINDINGS}
        return {finding: rows for finding, rows in found.items() if rows}

    def label_names(self, row: Row) -> tuple[str, ...]:
        """Returns the names of what an image shows; a number where it is no class."""
        names = self.listing.class_names
        return tuple(names[label] if 0 <= label < len(names) else str(label) for label in row.labels)


def check_source(
    location: Any,
    *,
    strict: bool = False,
    near: bool = False,
    max_bad_fraction: float = MAX_BAD_FRACTION,
    advance: Advance | None = None,
) -> Checked:
    """Decodes every image of a source and writes down what it finds; nothing is changed.

    Args:
        location: as for `open_source`.
        strict: ask libjpeg for what it complains of in files that it decodes; needs simplejpeg.
        near: look for pictures that are alike; needs imagehash.
        max_bad_fraction: share of unreadable images from which on training stops.
        advance: called now and then with how many images of how many have been looked at.

    Raises:
        DataError: if there is nothing that can be listed.
        UsageError: if a library is missing, or `max_bad_fraction` is no share.
    """
    check_max_fraction(max_bad_fraction)
    listing = list_source(location)
    complaint_of = load_complaints() if strict else None
    hash_of = load_picture_hash() if near else None
    total = sum(len(part.locations) for part in listing.parts.values())
    rows: list[Row] = []
    for name, part in listing.parts.items():
        look = partial(look_at, part.store, complaint_of=complaint_of, hash_of=hash_of)
        for index, seen in enumerate(_look_at_all(part, look)):
            rows.append(_row(listing, name, part, index, seen))
            if advance is not None and (len(rows) % CHUNK == 0 or len(rows) == total):
                advance(len(rows), total)
    rows += [Row("", i, bad.location, (), Look(bad.reason)) for i, bad in enumerate(listing.bad_files)]
    counts = count_classes(rows, listing.class_names, list(listing.parts))
    return Checked(
        listing,
        tuple(rows),
        counts,
        tuple(class_notes(counts, listing.class_names)),
        duplicates(rows),
        near_duplicates(rows) if near else None,
        why_training_stops(listing, rows, max_bad_fraction),
        strict,
    )


def _look_at_all(part: Part, look: Callable[[int], Look]) -> Iterator[Look]:
    """Yields what each image of a part is, in order."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = ThreadPoolExecutor(workers)  # the decoders and the hash run without Python's lock
    try:
        step = CHUNK * workers
        for first in range(0, len(part.locations), step):
            yield from threads.map(look, range(first, min(first + step, len(part.locations))))
    finally:
        threads.shutdown(cancel_futures=True)


def _row(listing: Listing, name: str, part: Part, index: int, look: Look) -> Row:
    labels = _labels_at(part.labels, index)
    count = len(listing.class_names)
    kept = None if part.sha256 is None else part.sha256[index]
    return Row(
        name,
        index,
        part.locations[index],
        labels,
        look,
        has_wrong_label=any(not 0 <= label < count for label in labels),
        is_changed=bool(kept) and bool(look.sha256) and kept != look.sha256,
    )


def _labels_at(labels: Labels, index: int) -> tuple[int, ...]:
    return tuple(np.atleast_1d(labels.at(index) if isinstance(labels, LabelSets) else labels[index]).tolist())

"""Whether training would run on what was found: opening it is tried, with what is known by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from effnetv2_keras.data.bad_files import HINT
from effnetv2_keras.data.check.findings import Row
from effnetv2_keras.data.listing import EVERYTHING, Listing, Part
from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.open_source import held_part, open_listing
from effnetv2_keras.data.scan import level_of
from effnetv2_keras.data.stores.store import select
from effnetv2_keras.errors import DataError


def why_training_stops(listing: Listing, rows: Sequence[Row], max_bad_fraction: float) -> str | None:
    """Returns the sentence that `effnetv2 train` would end with, or None where it would train."""
    used = ("train", EVERYTHING, held_part(listing))
    bad = [BadFile(row.location, row.look.status) for row in rows if not row.look.is_ok and row.part in (*used, "")]
    parts = {name: _readable(part, [row for row in rows if row.part == name]) for name, part in listing.parts.items()}
    try:
        open_listing(replace(listing, parts=parts, bad_files=tuple(bad)), max_bad_fraction=max_bad_fraction)
    except DataError as error:
        return str(error).removesuffix(HINT)
    return None


def _readable(part: Part, rows: Sequence[Row]) -> Part:
    """Returns the images of a part that can be decoded, with headers that need not be read again."""
    good = [row for row in rows if row.look.is_ok]
    indices = np.array([row.index for row in good], np.int64)
    store = select(part.store, indices)
    level = level_of(store, range(len(good)), [row.look.header for row in good])
    return Part(tuple(row.location for row in good), part.labels[indices], store, level)

"""Pictures that are there more than once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from effnetv2_keras.data.check.findings import Row
from effnetv2_keras.data.check.near import near_pairs


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images with the same bytes, or, where `bits` says how many bits their hashes differ in, alike ones."""

    first: Row
    second: Row
    bits: int | None = None

    @property
    def crosses_splits(self) -> bool:
        """Whether the model is measured on what it was trained on."""
        return self.first.part != self.second.part

    @property
    def disagrees(self) -> bool:
        """Whether the two are labelled differently."""
        return sorted(self.first.labels) != sorted(self.second.labels)


def duplicates(rows: Iterable[Row]) -> tuple[Pair, ...]:
    """Returns readable images with the same bytes, each with the first of them; worst pairs first."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.look.is_ok:
            groups[row.look.sha256].append(row)
    return _worst_first(Pair(group[0], other) for group in groups.values() for other in group[1:])


def near_duplicates(rows: Sequence[Row]) -> tuple[Pair, ...]:
    """Returns readable images that look alike and have other bytes; worst pairs first."""
    hashes = {number: row.look.picture_hash for number, row in enumerate(rows) if row.look.picture_hash is not None}
    pairs = (Pair(rows[first], rows[second], bits) for first, second, bits in near_pairs(hashes))
    return _worst_first(pair for pair in pairs if pair.first.look.sha256 != pair.second.look.sha256)


def _worst_first(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Sorts pairs that falsify the accuracy to the front, then those with two labels."""
    return tuple(sorted(pairs, key=lambda pair: (not pair.crosses_splits, not pair.disagrees, pair.bits or 0)))

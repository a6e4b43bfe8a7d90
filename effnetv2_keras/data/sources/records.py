"""TFRecord and ArrayRecord shards with an image and a label a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from effnetv2_keras.data.labels import Labels, LabelSets
from effnetv2_keras.data.listing import Advance, Listing, Part
from effnetv2_keras.data.manifest import BadFile, Level
from effnetv2_keras.data.sources.examples import Keys
from effnetv2_keras.data.sources.image_folder import some
from effnetv2_keras.data.sources.read_array_record import read_array_record
from effnetv2_keras.data.sources.read_tfrecord import read_tfrecord
from effnetv2_keras.data.sources.record_index import RecordIndex, index_shards
from effnetv2_keras.data.sources.shard_files import ARRAY_RECORD, TFRECORD, by_split, shard_files
from effnetv2_keras.data.stores.array_records import ArrayRecords
from effnetv2_keras.data.stores.records import Records
from effnetv2_keras.data.stores.store import Store
from effnetv2_keras.errors import DataError

NAMES_FILE = "labels.txt"


def is_records(path: Path) -> bool:
    """Returns whether there are shards at `path`, by the names of files."""
    return bool(shard_files(path, TFRECORD) or shard_files(path, ARRAY_RECORD))


def list_records(place: Path, advance: Advance | None = None) -> Listing:
    """Lists shards that hold `image/encoded` and `image/class/label`, and perhaps `image/class/text`.

    Labels from 1 on, as in the released ImageNet shards, become labels from 0 on. The names of the classes are the
    lines of `labels.txt` beside the shards, else `image/class/text`, else their numbers.

    Raises:
        UsageError: if a library that is needed is not installed.
        DataError: if shards are missing or damaged, hold other things, or have labels that are no class numbers.
    """
    files = shard_files(place, TFRECORD)
    is_array = not files
    files = files or shard_files(place, ARRAY_RECORD)
    indexed = {
        split: Indexed.of(shards, is_array, Keys(), None, advance) for split, shards in by_split(place, files).items()
    }
    indices = [shards.index for shards in indexed.values()]
    is_several = any((np.diff(index.starts) > 1).any() for index in indices)
    given = np.concatenate([index.numbers for index in indices])
    train = next(iter(indexed.values())).index
    base = 1 if len(given) and given.min() == 1 else 0
    count = int(train.numbers.max(initial=0)) + 1 - base
    names = _class_names(place, train, base, count)
    parts = {split: shards.part(len(names), base, is_several) for split, shards in indexed.items()}
    bad = tuple(file for shards in indexed.values() for file in shards.bad_files())
    return Listing(str(place), names, parts, bad, needs="at least one record is needed")


@dataclass(frozen=True, slots=True, eq=False)
class Indexed:
    """The shards of one split, and what is in them."""

    paths: tuple[str, ...]
    index: RecordIndex
    is_array: bool

    @classmethod
    def of(
        cls,
        paths: Sequence[Path],
        is_array: bool,
        keys: Keys,
        expected: Sequence[int] | None,
        advance: Advance | None,
    ) -> Indexed:
        """Looks the shards through, or takes what was found before.

        Args:
            paths: the shards.
            is_array: whether they are ArrayRecord files, else TFRecord.
            keys: names of the features.
            expected: how many records each must have, where that is known.
            advance: called now and then with how many records of about how many have been looked at.

        Raises:
            DataError: if a shard is damaged, empty or cut short, or holds other things.
        """
        read = read_array_record if is_array else read_tfrecord
        return cls(tuple(map(str, paths)), index_shards(paths, read, keys, expected, advance), is_array)

    def part(self, num_classes: int, base: int, is_several: bool) -> Part:
        """Returns the photos that can be used.

        Args:
            num_classes: K.
            base: the first label as written.
            is_several: whether a photo may have several labels, or none.

        Raises:
            DataError: if a photo has no label, or one that is no class number.
        """
        index = self.index
        good = np.flatnonzero(index.reasons == "")
        level = Level(self._store(good), index.sizes[good], index.orientations[good], index.formats[good])
        labels = self._labels(num_classes, base, is_several)[good]
        return Part(tuple(self._location(int(row)) for row in good), labels, level.store, level)

    def bad_files(self) -> list[BadFile]:
        """Returns the photos that cannot be used."""
        reasons = self.index.reasons
        return [BadFile(self._location(int(row)), str(reasons[row])) for row in np.flatnonzero(reasons != "")]

    def _location(self, row: int) -> str:
        return f"{self.paths[self.index.shards[row]]} record {self.index.records[row]}"

    def _store(self, rows: np.ndarray) -> Store:
        index = self.index
        found = index.offsets[rows], index.lengths[rows], index.checksums[rows]
        if self.is_array:
            return ArrayRecords(self.paths, index.shards[rows], index.records[rows], *found)
        return Records(self.paths, index.shards[rows], *found)

    def _labels(self, num_classes: int, base: int, is_several: bool) -> Labels:
        index = self.index
        counts = np.diff(index.starts)
        if not is_several and (counts != 1).any():
            row = int(np.flatnonzero(counts != 1)[0])
            raise DataError(f"Every record must have a label. Got none in {self._location(row)}.")
        wrong = np.flatnonzero((index.numbers < base) | (index.numbers >= num_classes + base))
        if len(wrong):
            rows = np.searchsorted(index.starts, wrong[:3], side="right") - 1
            told = "; ".join(
                f"{index.numbers[at]} in {self._location(int(row))}" for at, row in zip(wrong, rows, strict=False)
            )
            raise DataError(f"Labels must be from {base} to {num_classes - 1 + base}. Got {len(wrong)} others: {told}.")
        numbers = (index.numbers - base).astype(np.int32)
        return LabelSets(numbers, index.starts, num_classes) if is_several else numbers


def _class_names(place: Path, train: RecordIndex, base: int, count: int) -> tuple[str, ...]:
    """Returns the names beside the shards, those inside them, or numbers as they are written."""
    file = (place if place.is_dir() else place.parent) / NAMES_FILE
    if file.is_file():
        names = tuple(line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
        if len(set(names)) != len(names):
            twice = [name for name in names if names.count(name) > 1]
            raise DataError(f"Lines of {file} must differ. Got twice: {some(list(dict.fromkeys(twice)))}.")
        if len(names) == count + base:
            return names[base:]  # its first line names the background, which label 0 stands for
        if len(names) != count:
            raise DataError(f"{file} must have a line a class, {count} in all. Got: {len(names)}.")
        return names
    if (np.diff(train.starts) == 1).all():
        found = dict(zip(train.numbers.tolist(), train.texts.tolist(), strict=True))
        texts = tuple(found.get(number + base, "") for number in range(count))
        if all(texts) and len(set(texts)) == count:
            return texts
    return tuple(str(number + base) for number in range(count))

"""Which files of a directory are shards, and of which split, by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from effnetv2_keras.data.listing import EVERYTHING
from effnetv2_keras.data.sources.image_folder import SPLIT_OF, some
from effnetv2_keras.errors import DataError

NUMBERED = re.compile(r"(?P<stem>.+)-(?P<number>\d{5,})-of-(?P<count>\d{5,})")
TFRECORD = re.compile(r".*\.tfrecords?(\b.*)?|[a-z]+-\d{5,}-of-\d{5,}", re.IGNORECASE)
ARRAY_RECORD = re.compile(r".*\.array_?record(\b.*)?", re.IGNORECASE)
ORDER = ("train", "validation", "test", EVERYTHING)


def shard_files(place: Path, pattern: re.Pattern[str]) -> list[Path]:
    """Returns the shards at `place`: itself, or files in it or in its folders of splits, in order of their names."""
    if place.is_file():
        return [place] if pattern.fullmatch(place.name) else []
    if not place.is_dir():
        return []
    folders = [path for path in sorted(place.iterdir()) if path.name.lower() in SPLIT_OF and path.is_dir()]
    found = [path for folder in (place, *folders) for path in folder.iterdir() if pattern.fullmatch(path.name)]
    return sorted(path for path in found if path.is_file())


def by_split(place: Path, files: list[Path]) -> dict[str, list[Path]]:
    """Sorts shards into splits by a word of their name, or of their folder's; without such words all are one.

    Raises:
        DataError: if some have such a word and others have not, or a shard of a numbered set is missing.
    """
    _check_numbers(place, files)
    splits: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        words = re.split(r"[^a-z]+", str(path.relative_to(place) if path != place else "").lower())
        splits[next((SPLIT_OF[word] for word in words if word in SPLIT_OF), EVERYTHING)].append(path)
    if EVERYTHING in splits and len(splits) > 1:
        raise DataError(
            f"Shards in {place} must all be named after their splits, or none. "
            f"Got without one: {some([path.name for path in splits[EVERYTHING]])}."
        )
    return {split: splits[split] for split in ORDER if split in splits}


def _check_numbers(place: Path, files: list[Path]) -> None:
    sets: dict[tuple[Path, str, int], set[int]] = defaultdict(set)
    for path in files:
        name = NUMBERED.match(path.name)
        if name and path != place:
            sets[path.parent, name["stem"], int(name["count"])].add(int(name["number"]))
    for (_, stem, count), numbers in sets.items():
        missing = [f"{number:05d}" for number in range(count) if number not in numbers]
        if missing:
            raise DataError(
                f"{place} must hold all {count} shards of {stem!r}. Got {len(numbers)}, without {some(missing)}."
            )

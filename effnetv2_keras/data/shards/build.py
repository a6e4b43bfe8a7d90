"""Turns any source into shards: in several processes, and where it was broken off it goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from effnetv2_keras.data.bad_files import MAX_BAD_FRACTION, check_fraction
from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.manifest import BadFile, Source, Split
from effnetv2_keras.data.process_pool import process_pool
from effnetv2_keras.data.shards.catalogue import CATALOGUE, write_catalogue
from effnetv2_keras.data.shards.index import load_index
from effnetv2_keras.data.shards.write import Shard, write_shard
from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.atomic import clear_left_behind, write_text

PLAN = "build.json"
PHOTOS_A_SHARD = 2000  # about 200 MB of ImageNet
FEWEST_A_SHARD = 100  # smaller ones are not worth a process
SMALLEST_LEVEL = 32  # px


@dataclass(frozen=True, slots=True)
class Built:
    """What was written.

    Args:
        folder: of the data set.
        num_images: in all splits.
        num_shards: of all splits.
        num_reused: of these, how many were there already.
        bad_files: what was left out.
    """

    folder: Path
    num_images: int
    num_shards: int
    num_reused: int
    bad_files: tuple[BadFile, ...]


def build_shards(
    source: Source,
    folder: Path,
    *,
    pyramid: tuple[int, ...] = (),
    num_shards: int | None = None,
    workers: int = 1,
    max_bad_fraction: float = MAX_BAD_FRACTION,
    advance: Callable[[int, int], None] | None = None,
) -> Built:
    """Writes every split of `source` as TFRecord shards that `open_source` reads.

    Every photo is decoded once: damaged ones are left out and named, turned ones stored upright. The photos of a shard
    are mixed. Called again after it was broken off, it writes what is missing.

    Args:
        source: from `open_source`.
        folder: where to; made where it is missing.
        pyramid: px; for each a smaller copy of every photo is kept, which phases at small sizes read faster.
        num_shards: of the training split; None for about 2,000 photos each.
        workers: processes. With more than one, a script has to guard its main part by `if __name__ == "__main__"`.
        max_bad_fraction: share of unreadable photos from which on nothing is published; fewer than 10 are borne.
        advance: told how many photos of how many are done.

    Raises:
        UsageError: if a setting breaks a rule, or `folder` holds another data set.
        DataError: if too many photos cannot be read.
    """
    _check(pyramid, num_shards, workers)
    shards = [
        shard
        for split in source.splits
        for shard in _shards_of(split, folder, tuple(sorted(pyramid)), num_shards, workers)
    ]
    _begin(folder, shards)
    todo = [shard for shard in shards if not _is_finished(shard)]
    _write(todo, workers, advance, total=sum(len(shard.split) for shard in shards))
    indices = {shard.name: load_index(shard.index_file) for shard in shards}
    bad = [BadFile(*row) for index in indices.values() for row in index["bad"]]
    known = len(source.bad_files)
    check_fraction(bad, sum(len(shard.split) for shard in shards) + known, max_bad_fraction, known=known)
    write_catalogue(folder, source, shards, indices)
    return Built(
        folder,
        sum(len(index["names"]) for index in indices.values()),
        len(shards),
        len(shards) - len(todo),
        source.bad_files + tuple(bad),
    )


def _shards_of(
    split: Split, folder: Path, pyramid: tuple[int, ...], num_shards: int | None, workers: int
) -> Iterator[Shard]:
    if num_shards is not None and split.name == "train":
        count = min(num_shards, len(split))
    else:
        count = max(-(-len(split) // PHOTOS_A_SHARD), min(workers, -(-len(split) // FEWEST_A_SHARD)))
    order = np.random.default_rng(0).permutation(len(split))
    for number, indices in enumerate(np.array_split(order, count)):
        name = f"{split.name}-{number:05d}-of-{count:05d}"
        yield Shard(folder, name, split.select(indices, split.name), pyramid)


def _begin(folder: Path, shards: list[Shard]) -> None:
    """Claims the folder for these shards, or sees that it holds nothing else."""
    plan = json.dumps({shard.name: _fingerprint(shard) for shard in shards}, indent=1)
    file = folder / PLAN
    if file.is_file():
        if file.read_text(encoding="utf-8") != plan:
            raise UsageError(
                f"OUT must be a new folder or hold a build of the same images and settings. "
                f"Got: {folder}, which holds another one."
            )
    elif folder.exists() and any(folder.iterdir()):
        raise UsageError(f"OUT must be a new folder or one of shards. Got: {folder}, which holds other files.")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(file, plan)
    for place in {shard.file(level).parent for shard in shards for level in shard.levels}:
        if place.is_dir():
            clear_left_behind(place)
    (folder / CATALOGUE).unlink(missing_ok=True)


def _fingerprint(shard: Shard) -> str:
    labels = shard.split.labels
    numbers = [labels.numbers, labels.starts] if isinstance(labels, LabelSets) else [labels]
    told: list[Any] = [*shard.split.locations, *shard.split.class_names, str(shard.pyramid)]
    content = "\n".join(told).encode() + b"".join(np.ascontiguousarray(array).tobytes() for array in numbers)
    return hashlib.sha256(content).hexdigest()


def _is_finished(shard: Shard) -> bool:
    """Tells whether a shard's index stands, and its files are as large as it says."""
    if not shard.index_file.is_file():
        return False
    sizes = {level: num_bytes for level, (num_bytes, _) in load_index(shard.index_file)["files"].items()}
    return all(
        shard.file(level).is_file() and shard.file(level).stat().st_size == sizes.get(level) for level in shard.levels
    )


def _write(shards: list[Shard], workers: int, advance: Callable[[int, int], None] | None, total: int) -> None:
    done = total - sum(len(shard.split) for shard in shards)

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if advance is not None:
            advance(done, total)

    tell(0)
    if workers == 1 or len(shards) <= 1:
        for shard in shards:
            write_shard(shard, tell)
        return
    with process_pool(min(workers, len(shards))) as pool:
        running: dict[Future, int] = {pool.submit(_write_apart, shard): len(shard.split) for shard in shards}
        try:
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    future.result()
                    tell(running.pop(future))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _write_apart(shard: Shard) -> None:
    write_shard(shard)


def _check(pyramid: tuple[int, ...], num_shards: int | None, workers: int) -> None:
    for side in pyramid:
        if side < SMALLEST_LEVEL:
            raise UsageError(f"`pyramid` must be sizes of at least {SMALLEST_LEVEL} px. Got: {side}.")
    if len(set(pyramid)) != len(pyramid):
        raise UsageError(f"`pyramid` must hold every size once. Got: {','.join(map(str, pyramid))}.")
    if num_shards is not None and num_shards < 1:
        raise UsageError(f"`num_shards` must be at least 1. Got: {num_shards}.")
    if workers < 1:
        raise UsageError(f"`workers` must be at least 1. Got: {workers}.")

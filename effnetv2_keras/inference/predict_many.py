"""Answers for more images than one would wait for: in parts that stay when it is broken off."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from effnetv2_keras.data.process_pool import process_pool
from effnetv2_keras.errors import LostWorker, UsageError
from effnetv2_keras.files.table import write_table
from effnetv2_keras.inference.claimed_folder import claimed
from effnetv2_keras.inference.image_list import list_images, sha256_of_names
from effnetv2_keras.inference.model_files import locate_model, model_sha256
from effnetv2_keras.inference.predict_batch import PredictBatch
from effnetv2_keras.inference.result_files import Columns, Format, get_format

# written last of all, so what has it is finished; readers of whole folders pass over names that begin with _
BAD_FILES = "_bad_files.csv"
SHARD_SIZE = 10_000
AHEAD = 4  # batches a worker that wait for it, so that none is idle while another has a slow one

Advance = Callable[[int, int], None]
Ask = Callable[[Iterator[dict[str, list[str]]]], Iterator[Columns]]


@dataclass(frozen=True, slots=True)
class Predicted:
    """What was written.

    Args:
        num_images: rows in all.
        num_unread: of these, how many could not be read.
        num_shards: files in all.
        num_reused: of these, how many were there already.
        bad_files: the table that names what could not be read.
    """

    num_images: int
    num_unread: int
    num_shards: int
    num_reused: int
    bad_files: Path


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of answers and its images.

    Args:
        file: of the answers, there or to be.
        paths: of its images.
    """

    file: Path
    paths: list[str]

    def batches(self, size: int) -> Iterator[dict[str, list[str]]]:
        """Yields the paths as batches; none reaches into another shard, so a shard is the same whenever it is made."""
        for first in range(0, len(self.paths), size):
            yield {"path": self.paths[first : first + size]}


def predict_many(
    model: Path,
    source: Path,
    folder: Path,
    *,
    format: str = "parquet",
    shard_size: int = SHARD_SIZE,
    top: int = 5,
    batch_size: int = 32,
    workers: int = 1,
    threads: int | None = None,
    advance: Advance = lambda done, total: None,
) -> Predicted:
    """Writes a row an image as Parquet or CSV files; called again after it was broken off, writes what is missing.

    Args:
        model: a run directory, a SavedModel folder or a TFLite file.
        source: a folder of images, or a list of paths, as `list_images` takes them.
        folder: where to; made where it is missing.
        format: "parquet" or "csv".
        shard_size: rows a file.
        top: classes an image, at most.
        batch_size: images that the network sees at once.
        workers: processes; 1 for this one. With more a script has to guard its main part by
            `if __name__ == "__main__"`.
        threads: of TensorFlow in each of them; None for one a core.
        advance: told how many images of how many are done.

    Raises:
        UsageError: if an option breaks a rule, or `folder` holds something else.
        DataError: if `model` or `source` cannot be read.
        LostWorker: if one of the processes was killed.
    """
    for name, value in (("shard_size", shard_size), ("workers", workers)):
        if value < 1:
            raise UsageError(f"`{name}` must be at least 1. Got: {value}.")
    predict = PredictBatch(
        str(locate_model(model)[1]), top, batch_size, threads
    )  # not the version that comes meanwhile
    kept_as, paths = get_format(format), list_images(source)
    wanted = {
        "model": {"path": str(model), "sha256": model_sha256(model)},
        "images": {"source": str(source), "count": len(paths), "sha256": sha256_of_names(paths)},
        "format": format,
        "shard_size": shard_size,
        "top": top,
    }
    with claimed(folder, wanted):
        (folder / BAD_FILES).unlink(missing_ok=True)
        shards = [
            Shard(folder / f"part-{number:05d}.{kept_as.name}", paths[first : first + shard_size])
            for number, first in enumerate(range(0, len(paths), shard_size))
        ]
        todo = [shard for shard in shards if not shard.file.is_file()]
        with _asking(predict, min(workers, -(-len(paths) // batch_size))) as ask:
            _write(todo, kept_as, batch_size, ask, advance, total=len(paths))
        bad = [row for shard in shards for row in kept_as.errors(shard.file, len(shard.paths))]
        write_table(folder / BAD_FILES, ("location", "reason"), bad)
    return Predicted(len(paths), len(bad), len(shards), len(shards) - len(todo), folder / BAD_FILES)


def _write(shards: list[Shard], kept_as: Format, batch_size: int, ask: Ask, advance: Advance, total: int) -> None:
    """Writes each shard as soon as its last batch is answered."""
    done = total - sum(len(shard.paths) for shard in shards)
    advance(done, total)
    answered = ask(batch for shard in shards for batch in shard.batches(batch_size))
    for shard in shards:
        columns: Columns = {}
        for batch in islice(answered, -(-len(shard.paths) // batch_size)):
            for name, values in batch.items():
                columns.setdefault(name, []).extend(values)
            done += len(batch["path"])
            advance(done, total)
        kept_as.save(shard.file, columns)


@contextmanager
def _asking(predict: PredictBatch, workers: int) -> Iterator[Ask]:
    """Gives what maps batches to answers in their order, in this process or in others.

    Raises:
        LostWorker: if one of the others was killed.
    """
    if workers == 1:
        yield lambda batches: map(predict, batches)
        return
    pool = process_pool(workers)
    try:
        yield lambda batches: _in_order(pool, predict, batches, AHEAD * workers)
    except BrokenProcessPool:
        raise LostWorker(
            "Worker processes must live until they are done. Got: one that was killed, for lack of memory most likely. "
            "The same command goes on; fewer --workers need less."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, predict: PredictBatch, batches: Iterator[dict[str, list[str]]], ahead: int
) -> Iterator[Columns]:
    waiting: deque[Future[Columns]] = deque()
    for batch in batches:
        waiting.append(pool.submit(predict, batch))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()

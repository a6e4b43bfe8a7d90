"""Writes one shard with its smaller copies; runs in a process of its own."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effnetv2_keras.data.header import HEADER_ERRORS, header_error, read_header
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.data.shards.index import FileIndex, ShardIndex
from effnetv2_keras.data.shards.shrink import smaller_copy, upright_copy
from effnetv2_keras.data.shards.walk import FRAME_BYTES, TAIL_BYTES
from effnetv2_keras.errors import DataError
from effnetv2_keras.files.atomic import sync
from effnetv2_keras.files.digest import sha256_of


@dataclass(frozen=True, slots=True)
class Shard:
    """What one shard is to hold, and where.

    Args:
        folder: of the data set.
        name: of the file, without its ending.
        split: its photos, in order.
        pyramid: px of the smaller copies.
    """

    folder: Path
    name: str
    split: Split
    pyramid: tuple[int, ...]

    @property
    def index_file(self) -> Path:
        """There when the shard is finished."""
        return self.folder / f"{self.name}.npz"

    def file(self, level: str) -> Path:
        """The TFRecord file of a level, "" or px."""
        return self.folder / level / f"{self.name}.tfrecord"

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, full size first."""
        return ("", *map(str, self.pyramid))


def write_shard(shard: Shard, advance: Callable[[int], None] | None = None) -> ShardIndex:
    """Writes the files of a shard aside, renames them, and last of all its index."""
    import tensorflow as tf

    index = ShardIndex({level: FileIndex() for level in shard.levels})
    with ExitStack() as stack:
        writers = {level: stack.enter_context(_aside(shard.file(level))) for level in shard.levels}
        records = {level: stack.enter_context(tf.io.TFRecordWriter(str(path))) for level, path in writers.items()}
        for number in range(len(shard.split)):
            _add(shard.split, number, index, records)
            if advance is not None:
                advance(1)
        for writer in records.values():
            writer.close()
        for level, path in writers.items():
            sync(path)
            index.files[level].num_bytes = path.stat().st_size
            index.files[level].sha256 = sha256_of(path)
        for level, path in writers.items():
            path.replace(shard.file(level))
    index.save(shard.index_file)
    return index


def _add(split: Split, number: int, index: ShardIndex, records: dict[str, Any]) -> None:
    """Appends a photo to every level, or notes why it cannot be used."""
    import tensorflow as tf

    from effnetv2_keras.data.decode import decode_upright
    from effnetv2_keras.data.diagnose import diagnose
    from effnetv2_keras.data.labels import LabelSets
    from effnetv2_keras.data.shards.example import photo_example

    location = split.locations[number]
    data = b""
    try:
        data = split.bytes(number)
        header = read_header(data)
        pixels = decode_upright(tf.constant(data)).numpy()
    except (OSError, DataError) as error:
        index.bad.append((location, header_error(data, error) if data else getattr(error, "strerror", str(error))))
        return
    except HEADER_ERRORS as error:
        index.bad.append((location, header_error(data, error)))
        return
    except tf.errors.InvalidArgumentError:
        index.bad.append((location, diagnose(data)))
        return
    labels = split.labels.at(number).tolist() if isinstance(split.labels, LabelSets) else [int(split.labels[number])]
    upright, stored = upright_copy(data, header, pixels)
    for level, writer in records.items():
        copy, about = smaller_copy(upright, stored, pixels, int(level)) if level else (upright, stored)
        record = photo_example(copy, about, labels, split.label_names(number), location)
        writer.write(record)
        file = index.files[level]
        file.add(file.num_bytes + FRAME_BYTES + record.index(copy), copy, zlib.crc32(copy), about)
        file.num_bytes += FRAME_BYTES + len(record) + TAIL_BYTES
    index.names.append(location)
    index.labels.append(labels)
    index.sha256.append(hashlib.sha256(upright).hexdigest())


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Gives a name beside `path` that is gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        yield aside
    finally:
        aside.unlink(missing_ok=True)

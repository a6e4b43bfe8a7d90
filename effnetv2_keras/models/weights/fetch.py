"""Released weights by tag: downloaded, held against the hash of their first use, converted once, kept."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import keras

from effnetv2_keras.configs.registry import get_config
from effnetv2_keras.configs.weight_sets import WeightSet
from effnetv2_keras.errors import DataError
from effnetv2_keras.files.alone import alone
from effnetv2_keras.files.digest import sha256_of
from effnetv2_keras.files.download import download
from effnetv2_keras.files.keras_cache import cache_folder
from effnetv2_keras.models.weights.cache import PINNED, check_hash, record, recorded

FIRST_USE = "as at its first use, in weights.lock.yaml"


def fetch(row: WeightSet, sha256: str | None = None) -> Path:
    """Returns the file of a released set in our own format, downloaded and converted where it is not there yet.

    Args:
        row: the set.
        sha256: that the released archive must have; None for that of its first use.

    Raises:
        DataError: if it cannot be downloaded, is another file than at its first use, or does not fit its network.
    """
    ours = cache_folder() / row.file_name
    with alone(ours):
        known = recorded(row.url)
        if ours.is_file() and "converted" in known:
            check_hash(row.url, known["sha256"], sha256, PINNED)
            check_hash(str(ours), sha256_of(ours), known["converted"], FIRST_USE)
            return ours
        ours.unlink(missing_ok=True)  # nothing is known of it
        archive = _download(row.url, ours.with_name(f"{row.model}-{row.tag}{_suffix(row.url)}"), sha256)
        _convert(row, archive, ours)
        record(row.url, converted=sha256_of(ours))
        archive.unlink()
    return ours


def fetch_labels(row: WeightSet) -> tuple[str, ...]:
    """Returns the names of a released set's classes, in order, downloaded where they are not there yet.

    Raises:
        DataError: if they cannot be downloaded, are others than at their first use, or not as many as the classes.
    """
    file = _download(row.labels, cache_folder() / PurePosixPath(row.labels).name)
    labels = tuple(file.read_text(encoding="utf-8").splitlines())
    if len(labels) != row.num_classes:
        raise DataError(f"{row.labels} must name {row.num_classes} classes. Got: {len(labels)} lines.")
    return labels


def _download(url: str, path: Path, sha256: str | None = None) -> Path:
    """Downloads a file where it is not there yet, and holds it against its hash; keeps that at the first use."""
    if not path.is_file():
        print(f"Downloading {url}")
        download(url, path, _Bar())
    found = sha256_of(path)
    try:
        check_hash(url, found, sha256, PINNED)
        check_hash(url, found, recorded(url).get("sha256"), FIRST_USE)
    except DataError:
        path.unlink()
        raise
    record(url, sha256=found)
    return path


def _convert(row: WeightSet, archive: Path, ours: Path) -> None:
    from effnetv2_keras.models.weights.convert import convert

    convert(archive, ours, get_config(row.model), row)


def _suffix(url: str) -> str:
    name = PurePosixPath(url).name
    return ".tar.gz" if name.endswith(".tar.gz") else PurePosixPath(name).suffix


class _Bar:
    """Keras's progress bar, as `keras.utils.get_file` shows it."""

    def __init__(self) -> None:
        self.bar: keras.utils.Progbar | None = None

    def __call__(self, done: int, total: int | None) -> None:
        self.bar = self.bar or keras.utils.Progbar(total, unit_name="byte")
        self.bar.update(done, finalize=done == total)

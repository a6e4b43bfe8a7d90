"""Data sets of TensorFlow Datasets, by name or where they were prepared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from effnetv2_keras.data.listing import Advance, Listing, Part
from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.sources.examples import Keys
from effnetv2_keras.data.sources.extras import require
from effnetv2_keras.data.sources.image_folder import SPLIT_OF, some
from effnetv2_keras.data.sources.network import silent_hosts
from effnetv2_keras.data.sources.records import Indexed
from effnetv2_keras.errors import DataError, unknown_name

PREFIX = "tfds:"
MARKS = ("dataset_info.json", "features.json")  # what TFDS leaves beside its shards
FORMATS = {"tfrecord": False, "array_record": True}


def is_tfds_name(location: Any) -> bool:
    """Returns whether `location` names a data set of TFDS: "tfds:oxford_flowers102"."""
    return isinstance(location, str) and location.startswith(PREFIX)


def is_prepared(path: Path) -> bool:
    """Returns whether TFDS has prepared a data set at `path`, or in folders of configs and versions below."""
    return path.is_dir() and bool(_prepared(path))


def list_tfds_name(location: str, advance: Advance | None = None) -> Listing:
    """Lists a data set of TFDS by name, after download and preparation where that has not been done.

    Args:
        location: "tfds:NAME", "tfds:NAME/CONFIG", "tfds:NAME:VERSION".
        advance: called now and then with how many records of about how many have been looked at.

    Raises:
        UsageError: if tensorflow-datasets is not installed.
        DataError: if there is no such data set, its hosts do not answer, or it has no images with classes.
    """
    with require("tfds"):
        import importlib_resources  # noqa: F401  TFDS imports it in the middle of a download, and does not declare it
        import tensorflow_datasets as tfds
    name = location.removeprefix(PREFIX)
    if name.startswith(("huggingface:", "kaggle:")):
        raise DataError(f"Data sets of Hugging Face are named 'hf:ORG/NAME'. Got: {location!r}.")
    try:
        builder = tfds.builder(name, data_dir=os.environ.get("TFDS_DATA_DIR"))
    except tfds.core.registered.DatasetNotFoundError as error:
        raise DataError(str(unknown_name("data set of TFDS", name, tfds.list_builders()))) from error
    except (ValueError, AssertionError) as error:
        raise DataError(f"Unknown data set: {location!r}. {_first_sentences(error)}") from error
    if not builder.is_prepared():
        _prepare(builder, location)
    return _list(builder, location, advance)


def list_prepared(path: Path, advance: Advance | None = None) -> Listing:
    """Lists what TFDS has prepared in a directory.

    Raises:
        UsageError: if tensorflow-datasets is not installed.
        DataError: if it holds several data sets, damaged shards, or no images with classes.
    """
    with require("tfds"):
        import tensorflow_datasets as tfds
    found = _prepared(path)
    if len(found) > 1:
        names = [str(folder.relative_to(path)) for folder in found]
        raise DataError(f"{path} must hold one data set: name one of its folders. Got: {some(names)}.")
    return _list(tfds.builder_from_directory(str(found[0])), str(path), advance)


def _prepared(path: Path, depth: int = 2) -> list[Path]:
    """Returns the folders at `path` and `depth` levels below that TFDS has written; folders of files are none."""
    if all((path / mark).is_file() for mark in MARKS):
        return [path]
    folders = []
    try:
        with os.scandir(path) as entries:
            for entry in entries if depth else ():
                if not entry.is_dir():
                    return []
                folders.append(path / entry.name)
    except PermissionError:
        return []
    return sorted(found for folder in folders for found in _prepared(folder, depth - 1))


def _prepare(builder: Any, location: str) -> None:
    manual = Path(builder.data_dir_root) / "downloads" / "manual"
    told = " ".join((builder.MANUAL_DOWNLOAD_INSTRUCTIONS or "").split())
    if told and not (manual.is_dir() and any(manual.iterdir())):
        raise DataError(f"{location} must be downloaded by hand into {manual}. Got: nothing there. TFDS says: {told}")
    needed = {url: info.filename for url, info in (builder.url_infos or {}).items()}
    missing = [url for url, name in needed.items() if not (name and (manual / name).is_file())]
    silent = silent_hosts(missing)
    if silent:
        raise DataError(
            f"{location} must be prepared in {builder.data_dir}, or its hosts must answer. Got no answer of "
            f"{some(silent)}. Copy the prepared folder from where there is a network, or put the files themselves "
            f"into {manual}: {some(missing)}."
        )
    try:
        builder.download_and_prepare()
    except Exception as error:  # whatever a builder runs into
        raise DataError(f"{location} cannot be prepared in {builder.data_dir}: {_first_sentences(error)}") from error


def _first_sentences(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _list(builder: Any, place: str, advance: Advance | None) -> Listing:
    kind = builder.info.file_format.value
    if kind not in FORMATS:
        raise DataError(f"{place} must be prepared as {' or '.join(FORMATS)}. Got: {kind}.")
    keys, names, is_several = _features(builder, place)
    parts: dict[str, Part] = {}
    bad: list[BadFile] = []
    for given, info in builder.info.splits.items():
        split = SPLIT_OF.get(given)
        if split is None or split in parts:
            continue
        paths = [Path(path) for path in info.filepaths]
        indexed = Indexed.of(paths, FORMATS[kind], keys, info.shard_lengths, advance)
        if len(indexed.index.numbers) and (indexed.index.numbers == -1).all():
            continue  # a test split that keeps its labels to itself
        parts[split] = indexed.part(len(names), 0, is_several)
        bad += indexed.bad_files()
    if not parts:
        raise DataError(f"{place} must have a split called train. Got: {some(sorted(builder.info.splits)) or 'none'}.")
    return Listing(place, names, parts, tuple(bad), needs="at least one record is needed")


def _features(builder: Any, place: str) -> tuple[Keys, tuple[str, ...], bool]:
    """Returns the features that hold image and label, the names of the classes, and whether an image has several.

    Raises:
        DataError: if there are none of these, or several of which none is marked as the ones to learn from.
    """
    import tensorflow_datasets as tfds

    features = dict(builder.info.features)
    images = [key for key, feature in features.items() if type(feature) is tfds.features.Image]
    labels = {key: label for key, feature in features.items() if (label := _class_label(feature)) is not None}
    keys = builder.info.supervised_keys
    if keys is None or len(keys) != 2 or keys[0] not in images or keys[1] not in labels:
        if len(images) != 1 or len(labels) != 1:
            raise DataError(
                f"{place} must have an image and a class label a record. "
                f"Got images: {some(images) or 'none'}; labels: {some(list(labels)) or 'none'}; "
                f"features: {some(sorted(features))}."
            )
        keys = images[0], next(iter(labels))
    label, is_several = labels[keys[1]]
    return Keys(keys[0], keys[1], ""), tuple(label.names), is_several


def _class_label(feature: Any) -> tuple[Any, bool] | None:
    """Returns the ClassLabel of a feature and whether it is one of a sequence; None for other features."""
    import tensorflow_datasets as tfds

    if isinstance(feature, tfds.features.ClassLabel):
        return (feature, False) if feature.num_classes else None
    inner = getattr(feature, "feature", None)
    if isinstance(feature, tfds.features.Sequence) and isinstance(inner, tfds.features.ClassLabel):
        return (inner, True) if inner.num_classes else None
    return None

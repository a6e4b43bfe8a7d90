"""Data sets of Hugging Face: by name, saved in a folder, or open already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from effnetv2_keras.data.labels import Labels
from effnetv2_keras.data.listing import EVERYTHING, Listing, Part
from effnetv2_keras.data.sources.class_labels import Rows, is_set, number_array, number_labels
from effnetv2_keras.data.sources.extras import require
from effnetv2_keras.data.sources.hugging_face_columns import Columns, find_columns
from effnetv2_keras.data.sources.image_folder import SPLIT_OF, some
from effnetv2_keras.data.sources.network import silent_hosts
from effnetv2_keras.data.stores.hugging_face import HuggingFace
from effnetv2_keras.errors import DataError

PREFIX = "hf:"
SAVED = ("state.json", "dataset_dict.json")  # what save_to_disk leaves of a Dataset, of a DatasetDict
ORDER = ("train", "validation", "test", EVERYTHING)


def is_hugging_face_name(location: Any) -> bool:
    """Returns whether `location` names a data set of the Hub: "hf:ORG/NAME"."""
    return isinstance(location, str) and location.startswith(PREFIX)


def is_saved(path: Path) -> bool:
    """Returns whether `save_to_disk` has written the folder."""
    return any((path / name).is_file() for name in SAVED)


def is_hugging_face(location: Any) -> bool:
    """Returns whether `location` is an object of the library `datasets`, which is not imported for the question."""
    return any(kind.__module__.split(".")[0] == "datasets" for kind in type(location).__mro__)


def list_hugging_face_name(location: str) -> Listing:
    """Lists a data set of the Hub: "hf:ORG/NAME", or "hf:ORG/NAME:CONFIG".

    Raises:
        UsageError: if `datasets` is not installed.
        DataError: if it cannot be loaded, or has no images with labels.
    """
    with require("hf"):
        import datasets
        from huggingface_hub import constants
    name, _, config = location.removeprefix(PREFIX).partition(":")
    if not name:
        raise DataError(f"Data sets of Hugging Face are named 'hf:ORG/NAME'. Got: {location!r}.")
    silent = [] if datasets.config.HF_HUB_OFFLINE else silent_hosts([constants.ENDPOINT])
    try:
        with _offline(bool(silent)):
            loaded = datasets.load_dataset(name, config or None)
    except Exception as error:  # whatever a builder of the library runs into
        if silent or datasets.config.HF_HUB_OFFLINE:
            raise DataError(
                f"{location} must be in {datasets.config.HF_DATASETS_CACHE}, or {constants.ENDPOINT} must answer. "
                f"Got neither. Where there is a network: load it, `save_to_disk` it, and give the folder's path."
            ) from error
        told = " ".join(str(error).split())[:300]
        raise DataError(f"{location} cannot be loaded: {told or type(error).__name__}") from error
    return list_hugging_face(loaded, location)


def list_saved(path: Path) -> Listing:
    """Lists what `save_to_disk` has written.

    Raises:
        UsageError: if `datasets` is not installed.
        DataError: if it is damaged, or has no images with labels.
    """
    with require("hf"):
        import datasets
        import pyarrow
    try:
        loaded = datasets.load_from_disk(str(path))
    except (OSError, ValueError, KeyError, pyarrow.ArrowException) as error:
        told = " ".join(str(error).split())[:300]
        raise DataError(f"{path} must be a whole data set as save_to_disk writes it. Got: {told}.") from error
    return list_hugging_face(loaded, str(path))


def list_hugging_face(loaded: Any, place: str = "the data set") -> Listing:
    """Lists a `datasets.Dataset` or `DatasetDict`.

    Raises:
        UsageError: if `datasets` is not installed.
        DataError: if it is a stream, or has no images with labels, or the splits have different classes.
    """
    with require("hf"):
        import datasets
    if isinstance(loaded, datasets.Dataset):
        splits = {EVERYTHING: loaded}
    elif isinstance(loaded, datasets.DatasetDict):
        found = {SPLIT_OF[name]: rows for name, rows in loaded.items() if name in SPLIT_OF}
        splits = {split: found[split] for split in ORDER if split in found}
        if not splits:
            raise DataError(f"{place} must have a split called train. Got: {some(list(loaded)) or 'none'}.")
    else:
        raise DataError(f"{place} must be a Dataset or DatasetDict, not a stream. Got: {type(loaded).__name__}.")
    columns = {split: find_columns(rows.features, f"{place} ({split})") for split, rows in splits.items()}
    given = {split: _column(rows, columns[split].label) for split, rows in splits.items()}
    for split, labels in list(given.items()):
        if split == "test" and labels and all(label == -1 for label in labels):
            del given[split]  # it keeps its labels to itself
    names, numbered = _numbered(given, columns, place)
    parts = {split: _part(splits[split], columns[split].image, split, numbered[split], place) for split in given}
    return Listing(place, names, parts, needs="at least one row is needed")


@contextmanager
def _offline(is_offline: bool) -> Iterator[None]:
    """Has the library look into its cache alone, at once instead of after five attempts."""
    import datasets
    from huggingface_hub import constants

    before = datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    if is_offline:
        datasets.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        datasets.config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


def _column(rows: Any, name: str) -> list[Any]:
    table = rows.select_columns([name]).with_format("arrow")[:]
    values: list[Any] = table.column(name).to_pylist()
    return values


def _numbered(
    given: dict[str, list[Any]], columns: dict[str, Columns], place: str
) -> tuple[tuple[str, ...], dict[str, Labels]]:
    """Returns the class names and the labels as class numbers."""
    parts: dict[str, Rows] = {}
    first = next(iter(given))
    for split, labels in given.items():
        names = columns[split].class_names
        if names != columns[first].class_names:
            raise DataError(
                f"The {split} split of {place} must have the classes of {first}. "
                f"Got: {some(names or ())} instead of {some(columns[first].class_names or ())}."
            )
        wrong = [row for row, label in enumerate(labels) if not _is_label(label, names)]
        if wrong:
            rule = f"class numbers from 0 to {len(names) - 1}" if names else "names or whole numbers"
            told = ", ".join(f"{labels[row]!r} in row {row}" for row in wrong[:3])
            more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            raise DataError(f"Labels of the {split} rows of {place} must be {rule}. Got {told}{more}.")
        parts[split] = [f"row {row}" for row in range(len(labels))], labels
    class_names = columns[first].class_names
    if class_names is None:
        return number_labels(parts, place)
    return class_names, {split: number_array(labels, len(class_names)) for split, labels in given.items()}


def _is_label(label: Any, names: tuple[str, ...] | None) -> bool:
    for value in label if is_set(label) else [label]:
        if names is not None and not (isinstance(value, int) and 0 <= value < len(names)):
            return False
        if not isinstance(value, (int, str)) or isinstance(value, bool) or value == "":
            return False
    return True


def _part(rows: Any, column: str, split: str, labels: Labels, place: str) -> Part:
    import datasets

    store = HuggingFace(rows.select_columns([column]).cast_column(column, datasets.Image(decode=False)), column)
    name = "" if split == EVERYTHING else f"{split} "
    return Part(tuple(f"{place} {name}row {row}" for row in range(len(rows))), labels, store)

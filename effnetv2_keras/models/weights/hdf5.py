"""The tensors of Keras's files, by the names of their layers: `.weights.h5`, `.keras` and the older `.h5`."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from effnetv2_keras.errors import DataError
from effnetv2_keras.layers.pixels import read_facts
from effnetv2_keras.models.weights.paths import NORM

SUFFIXES = (".h5", ".hdf5", ".keras")
# A layer's weights are numbered in these files; how many there are tells its kind.
KINDS = {1: ("kernel",), 2: ("kernel", "bias"), 3: ("mean", "variance", "count"), 4: NORM}


@dataclass(frozen=True)
class KerasFile:
    """An open file of Keras.

    Attributes:
        path: of the file.
        tensors: datasets by "layer/weight"; a weight's name is Keras's own, such as "kernel" or "moving_mean".
        facts: what our own files say about themselves.
        config: of the network, where the file holds it; else empty.
        ignored: names in `tensors` of what is no weight: states of random generators.
    """

    path: Path
    tensors: Mapping[str, h5py.Dataset]
    facts: Mapping[str, Any]
    config: Mapping[str, Any]
    ignored: tuple[str, ...]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name."""
        return {name: tuple(dataset.shape) for name, dataset in self.tensors.items()}

    def read(self, name: str) -> np.ndarray:
        """Returns the values of a tensor."""
        return self.tensors[name][()]


FACTS = "pixels/kernel"  # our own files: the only weight that a layer called "pixels" has


def open_keras_file(path: Path) -> KerasFile | None:
    """Opens a file of Keras; None for anything else.

    Raises:
        DataError: for one that is cut off or damaged.
    """
    if not path.is_file() or path.suffix not in SUFFIXES:
        return None
    try:
        file, config = _open_archive(path) if path.suffix == ".keras" else (h5py.File(path, "r"), {})
        config = config or json.loads(file.attrs.get("model_config", "{}"))
        is_new = "layers" in file or "_layer_checkpoint_dependencies" in file
        walk = _numbered(file) if is_new else _legacy(file.get("model_weights", file))
        tensors = {f"{layer}/{weight}": dataset for layer, weight, dataset in walk}
        facts = read_facts(tensors.pop(FACTS)[()]) if FACTS in tensors else {}
    except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} must be a whole file of Keras. Got: {error}.") from error
    ignored = tuple(name for name in tensors if name.startswith("seed_generator"))
    return KerasFile(path, tensors, facts, config, ignored)


def _open_archive(path: Path) -> tuple[h5py.File, dict[str, Any]]:
    archive = zipfile.ZipFile(path)
    return h5py.File(archive.open("model.weights.h5"), "r"), json.loads(archive.read("config.json"))


def _numbered(file: h5py.File) -> Iterator[tuple[str, str, h5py.Dataset]]:
    """Keras 3: groups are numbered by class, and each group of weights says the name of its layer."""
    groups: list[h5py.Group] = []

    def collect(name: str, item: Any) -> None:
        if name.rpartition("/")[2] == "vars" and not name.startswith("optimizer") and len(item):
            groups.append(item)

    file.visititems(collect)
    if not any("name" in group.attrs for group in groups):
        raise ValueError("no layer in it has its name, as in files of an older Keras; save it again with 3.15 or newer")
    for group in groups:
        layer = str(group.attrs.get("name", group.name))
        yield from _named(layer, [group[key] for key in sorted(group, key=int)])


def _legacy(file: h5py.Group) -> Iterator[tuple[str, str, h5py.Dataset]]:
    """Keras 1 and 2, and `.h5` of Keras 3: a group a layer, with the names of its weights in order."""
    for layer in map(_text, file.attrs["layer_names"]):
        group = file[layer]
        yield from _named(layer, [group[_text(name)] for name in group.attrs["weight_names"]])


def _named(layer: str, datasets: list[h5py.Dataset]) -> Iterator[tuple[str, str, h5py.Dataset]]:
    kind = KINDS.get(len(datasets), tuple(map(str, range(len(datasets)))))
    for weight, dataset in zip(kind, datasets, strict=True):
        yield layer, weight, dataset


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

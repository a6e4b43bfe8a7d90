"""The released checkpoints of TensorFlow, V1 and V2: a folder, an archive, or the beginning of its files' names.

Source: facts 1.7. Averages of the weights are taken where there are any, as the released evaluation did.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.weight_sets import WEIGHT_SETS, WeightSet
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.models.weights.archive import is_archive, stem_of, unpack
from effnetv2_keras.models.weights.checkpoint import Checkpoint, Tensor
from effnetv2_keras.models.weights.paths import HEAD, NORM, Unit, se_name, units

NAME = "released TensorFlow checkpoint"
AVERAGE = "/ExponentialMovingAverage"
STEM = "/stem/conv2d/kernel"
# What an optimizer keeps beside the weights.
SLOTS = ("/RMSProp", "/RMSProp_1", "/Momentum", "/Adam", "/Adam_1")
COUNTERS = ("global_step", "beta1_power", "beta2_power")


def open_checkpoint(path: Path) -> Checkpoint | None:
    """Opens a checkpoint whose variables are called as in the released code; None for anything else.

    Raises:
        DataError: for a damaged one, or a folder with several.
    """
    prefix, clean_up = _find(path)
    if prefix is None:
        return None
    try:
        from effnetv2_keras.models.weights.tensorflow.bundle import open_bundle
    except ImportError as error:
        raise UsageError(
            f"Checkpoints of TensorFlow need it to be read: pip install tensorflow. Got: {path}."
        ) from error
    try:
        shapes, read = open_bundle(prefix)
    except BaseException:
        clean_up()
        raise
    weakref.finalize(read, clean_up)
    plain = {name: shape for name, shape in shapes.items() if not _is_kept_beside(name)}
    if not any(name.endswith(STEM) for name in plain):
        return None
    averaged = {name for name in plain if name + AVERAGE in shapes}
    known = _known(path, next(name for name in plain if name.endswith(STEM)), plain)
    pixels = {row.pixels for row in known}
    return Checkpoint(
        format=NAME,
        path=path,
        shapes=plain,
        read=_reader(read, averaged),
        changes={"pixels": pixels.pop()} if len(pixels) == 1 else {},
        weight_set=known[0] if len(known) == 1 else None,
        note=_note(known, averaged, plain),
    )


def names(config: ModelConfig, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Returns where each weight of `config`'s network is."""
    root = next(name for name in checkpoint.shapes if name.endswith(STEM)).removesuffix(STEM)
    norm = "tpu_batch_normalization"
    if f"{root}/stem/{norm}/gamma" not in checkpoint.shapes:
        norm = "batch_normalization"  # trained without a TPU
    found: dict[str, str] = {}
    for unit, conv, number in _numbered(config):
        place = f"{root}/{_place(unit)}"
        kernel = "depthwise_kernel" if unit.conv.is_depthwise else "kernel"
        found[f"{unit.conv.name}_conv/kernel"] = f"{place}/{conv}/{kernel}"
        found |= {f"{unit.conv.name}_bn/{weight}": f"{place}/{_nth(norm, number)}/{weight}" for weight in NORM}
        if unit.block is not None and unit.block.se_width:
            for index, part in enumerate(("reduce", "expand")):
                theirs = f"{place}/se/{_nth('conv2d', index)}"
                found |= {
                    f"{se_name(unit.block, part)}/{weight}": f"{theirs}/{weight}" for weight in ("kernel", "bias")
                }
    if f"{root}/head/dense/bias" in checkpoint.shapes:
        found |= {path: f"{root}/head/dense/{path.rpartition('/')[2]}" for path in HEAD}
    return {path: Tensor(name) for path, name in found.items()}


def _numbered(config: ModelConfig) -> Iterator[tuple[Unit, str, int]]:
    """Yields each convolution, what TensorFlow called it, and the number of its normalisation in its place."""
    place, plain, number = "", 0, 0
    for unit in units(config):
        if _place(unit) != place:
            place, plain, number = _place(unit), 0, 0
        if unit.conv.is_depthwise:
            yield unit, "depthwise_conv2d", number
        else:
            yield unit, _nth("conv2d", plain), number
            plain += 1
        number += 1


def _place(unit: Unit) -> str:
    return unit.part if unit.block is None else f"blocks_{unit.index}"


def _nth(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


def _find(path: Path) -> tuple[Path | None, Callable[[], None]]:
    """Returns what the names of a checkpoint's files begin with, and what removes files that were unpacked for it."""
    if is_archive(path):
        folder = Path(tempfile.mkdtemp(prefix="effnetv2-weights-"))
        try:
            unpack(path, folder)
            return _in_folder(folder, path), lambda: shutil.rmtree(folder, ignore_errors=True)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    if path.is_dir():
        return _in_folder(path, path), _nothing
    if path.suffix == ".index":
        return path.with_suffix(""), _nothing
    return None, _nothing


def _in_folder(folder: Path, said: Path) -> Path | None:
    """Returns the checkpoint in a folder or in one folder of it."""
    indices = sorted(folder.glob("[!.]*.index")) or sorted(folder.glob("*/[!.]*.index"))
    if len(indices) > 1:
        listed = ", ".join(index.name for index in indices[:3])
        raise DataError(f"{said} must hold one checkpoint; give the path of its .index file. Got: {listed}.")
    return indices[0].with_suffix("") if indices else None


def _nothing() -> None:
    """Nothing was unpacked."""


def _is_kept_beside(name: str) -> bool:
    return name.endswith((AVERAGE, *SLOTS)) or name in COUNTERS


def _reader(read: Callable[[str], np.ndarray], averaged: set[str]) -> Callable[[str], np.ndarray]:
    return lambda name: read(name + AVERAGE if name in averaged else name)


def _known(path: Path, stem: str, shapes: dict[str, tuple[int, ...]]) -> list[WeightSet]:
    """Returns the released sets that a checkpoint may be, by its name, its folders, its network and its classes."""
    model = stem.split("/")[0]
    classes = next((shape[-1] for name, shape in shapes.items() if name.endswith("/head/dense/bias")), 0)
    rows = [row for row in WEIGHT_SETS if row.model == model and row.num_classes == classes]
    called = [row for row in rows if stem_of(Path(row.url)) in (stem_of(path), *path.parts)]
    filed = [row for row in called or rows if Path(row.url).parent.name in path.parts]
    return filed or called or rows


def _note(known: list[WeightSet], averaged: set[str], shapes: dict[str, tuple[int, ...]]) -> str:
    notes = []
    if averaged:
        notes.append(f"moving averages of {len(averaged)} of {len(shapes)} weights are taken")
    if len({row.pixels for row in known}) > 1:
        listed = ", ".join(row.tag for row in known)
        notes.append(
            f"its files do not tell which of {listed} it is: pixels are normalised as the network's table says"
        )
    return "; ".join(notes)

"""Holds a checkpoint against a network, weight by weight, and gives the network all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.errors import DataError
from effnetv2_keras.models.weights.checkpoint import Checkpoint, Tensor, our_shape, our_values
from effnetv2_keras.models.weights.paths import HEAD, path_of, weight_shapes

SHOWN = 3  # names of a list that a sentence gives

Names = Mapping[str, Tensor]


def classes_in(names: Names, checkpoint: Checkpoint) -> int:
    """Returns how many classes a checkpoint's classifier tells apart; 0 without one."""
    bias = names.get(HEAD[1])
    return 0 if bias is None or bias.name not in checkpoint.shapes else int(checkpoint.shapes[bias.name][-1])


def mismatches(config: ModelConfig, names: Names, checkpoint: Checkpoint, image_channels: int = 3) -> list[str]:
    """Returns what keeps `checkpoint` from being the weights of `config`'s network; nothing if it fits exactly."""
    shapes = weight_shapes(config, classes_in(names, checkpoint), image_channels)
    lost = [path for path in shapes if path not in names]
    missing = [tensor.name for path, tensor in names.items() if path in shapes and tensor.name not in checkpoint.shapes]
    used = {tensor.name for tensor in names.values()} | set(checkpoint.ignored)
    unused = [name for name in checkpoint.shapes if name not in used]
    differ = []
    for path, shape in shapes.items():
        tensor = names.get(path)
        if tensor is not None and tensor.name in checkpoint.shapes:
            there = checkpoint.shapes[tensor.name]
            if our_shape(there, tensor.layout) != shape:
                differ.append(f"{tensor.name} {tuple(there)} for {path} {shape}")
    found = (("no name for", lost), ("not there:", missing), ("not used:", unused), ("other shape:", differ))
    return [f"{what} {few(those)}" for what, those in found if those]


def check_fits(config: ModelConfig, names: Names, checkpoint: Checkpoint, image_channels: int = 3) -> None:
    """Refuses a checkpoint that is not exactly the weights of `config`'s network.

    Raises:
        DataError: with the first names and the number of those that are missing, left over or of another shape.
    """
    problems = mismatches(config, names, checkpoint, image_channels)
    if problems:
        raise DataError(
            f"`weights` must hold exactly the weights of {config.name}. "
            f"Got: {checkpoint.path} ({checkpoint.format}): {'; '.join(problems)}."
        )


def assign_weights(model: keras.Model, names: Names, checkpoint: Checkpoint, *, keeps_head: bool) -> None:
    """Gives a network the values of a checkpoint that fits it.

    All values are read and looked at before the first weight changes.

    Args:
        model: a network of ours, whatever its classifier.
        names: where its weights are.
        checkpoint: held against its config before.
        keeps_head: leave the network's own classifier as it is.

    Raises:
        DataError: if a value cannot be read or is no finite number, or a weight of the network would be left out.
    """
    values: list[tuple[keras.Variable, np.ndarray]] = []
    for weight in model.weights:
        path = path_of(weight)
        if keeps_head and path in HEAD:
            continue
        if path not in names:
            raise DataError(f"`weights` must hold {path} of {model.name}. Got: {checkpoint.path}, which does not.")
        tensor = names[path]
        value = our_values(_read(checkpoint, tensor.name), tensor.layout)
        if tuple(value.shape) != tuple(weight.shape):
            raise DataError(f"{path} must be {tuple(weight.shape)}. Got: {tuple(value.shape)} from {tensor.name}.")
        if not np.isfinite(value).all():
            raise DataError(f"`weights` must be finite numbers. Got: NaN or infinity in {tensor.name}.")
        values.append((weight, value))
    for weight, value in values:
        weight.assign(value)


def few(names: list[str]) -> str:
    """Returns the first names, and how many there are where there are more."""
    rest = f" and more, {len(names)} in all" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + rest


def _read(checkpoint: Checkpoint, name: str) -> np.ndarray:
    try:
        return np.asarray(checkpoint.read(name), dtype="float32")
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{checkpoint.path} must be whole. Got: {name} cannot be read ({error}).") from error

"""Our own files: `.weights.h5` of a network, a classifier or a run, and `.keras`."""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.models.weights.checkpoint import Checkpoint, Tensor
from effnetv2_keras.models.weights.facts import weight_set_in
from effnetv2_keras.models.weights.hdf5 import open_keras_file
from effnetv2_keras.models.weights.paths import CLASSIFIERS, weight_shapes

NAME = "effnetv2_keras"


def open_checkpoint(path: Path) -> Checkpoint | None:
    """Opens a file whose layers are called as ours; None for any other.

    Raises:
        DataError: for a file that is cut off or damaged.
    """
    file = open_keras_file(path)
    if file is None or not any(name.startswith("stage1_block1_") for name in file.tensors):
        return None
    return Checkpoint(
        format=NAME,
        path=path,
        shapes=file.shapes,
        read=file.read,
        changes=file.facts.get("changes", {}),
        ignored=file.ignored,
        weight_set=weight_set_in(file.facts),
    )


def names(config: ModelConfig, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Returns where each weight of `config`'s network is."""
    classifier = next((name for name in CLASSIFIERS if f"{name}/bias" in checkpoint.shapes), None)
    paths = weight_shapes(config, 1 if classifier else 0)
    return {path: Tensor(path.replace("logits/", f"{classifier}/")) for path in paths}

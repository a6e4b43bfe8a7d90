"""Weights of any format as a `.weights.h5` file of ours."""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.weight_sets import WeightSet
from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.models.create import create_model
from effnetv2_keras.models.weights.pretrained import Pretrained, find_pretrained

SUFFIX = ".weights.h5"


def convert(source: Path, target: Path, config: ModelConfig, weight_set: WeightSet | None = None) -> Pretrained:
    """Writes the weights at `source` to `target`, with all that they need to be right.

    Args:
        source: weights of any format, those of `config`'s network.
        target: a new `.weights.h5` file.
        config: of the network.
        weight_set: the released set that they are known to be.

    Returns:
        What was found.

    Raises:
        UsageError: for a target with another suffix, or one that is there.
        DataError: if they are not those of the network.
    """
    if not target.name.endswith(SUFFIX):
        raise UsageError(f"The converted file must be called *{SUFFIX}. Got: {target}.")
    if target.exists():
        raise UsageError(f"The converted file must be a new one. Got: {target}, which is there.")
    found = find_pretrained(config, source, weight_set=weight_set)
    model = create_model(config, found.num_classes, include_top=found.num_classes > 0, weights=found)
    write_whole(target, model.save_weights)
    return found

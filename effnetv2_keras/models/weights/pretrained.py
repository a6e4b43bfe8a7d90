"""Weights chosen for a network: found, recognised and held against it before it is built."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import keras

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.weight_sets import WeightSet
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.weights.assign import assign_weights, check_fits, classes_in
from effnetv2_keras.models.weights.checkpoint import Checkpoint, Tensor
from effnetv2_keras.models.weights.formats import FORMATS, open_weights

log = logging.getLogger("effnetv2_keras")


@dataclass(frozen=True)
class Pretrained:
    """Weights that fit a network.

    Attributes:
        config: of the network, with what its weights ask for in it.
        checkpoint: where they come from.
        names: where each weight is.
        num_classes: that they tell apart; 0 without a classifier.
    """

    config: ModelConfig
    checkpoint: Checkpoint
    names: Mapping[str, Tensor]
    num_classes: int

    def give_to(self, model: keras.Model) -> None:
        """Gives a network of `config` these weights; a classifier for other classes stays new, which is said."""
        head = model.get_layer(index=-1)
        has_head = isinstance(head, keras.layers.Dense)
        keeps_head = has_head and head.units != self.num_classes
        assign_weights(model, self.names, self.checkpoint, keeps_head=keeps_head)
        if keeps_head:
            theirs = f"is for {self.num_classes} classes" if self.num_classes else "is not among them"
            log.warning(
                "%s: weights of %s; the classifier %s and starts new, for %d.",
                model.name, self.checkpoint.path.name, theirs, head.units,
            )  # fmt: skip
        if self.checkpoint.weight_set is not None:
            model.weight_set = self.checkpoint.weight_set


def find_pretrained(config: ModelConfig, weights: str | os.PathLike[str], image_channels: int = 3) -> Pretrained:
    """Finds `weights` and holds them against `config`.

    Args:
        config: of the network.
        weights: the path of a file or folder.
        image_channels: of the images it takes.

    Raises:
        UsageError: if there are none.
        DataError: if they are not exactly those of the network.
    """
    checkpoint = open_weights(Path(weights))
    config = config.replace(**checkpoint.changes)
    names = FORMATS[checkpoint.format].names(config, checkpoint)
    check_fits(config, names, checkpoint, image_channels)
    return Pretrained(config, checkpoint, names, classes_in(names, checkpoint))


def weight_set_of(model: keras.Model) -> WeightSet | None:
    """Returns the released weights that a network, or a classifier's network, started from; None for any other."""
    return getattr(getattr(model, "network", model), "weight_set", None)


def choose_classes(num_classes: int | None, pretrained: Pretrained | None, *, has_top: bool) -> int:
    """Returns the number of outputs: what was asked for, else what the weights have, else ImageNet's 1000.

    Raises:
        UsageError: if nothing was asked for and the weights have no classifier.
    """
    if num_classes is not None:
        return num_classes
    if pretrained is None:
        return 1000
    if has_top and not pretrained.num_classes:
        raise UsageError(
            f"`num_classes` must be given with weights that have no classifier, or include_top=False. "
            f"Got: {pretrained.checkpoint.path}."
        )
    return pretrained.num_classes

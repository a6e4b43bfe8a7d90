"""Weights chosen for a network: found, recognised and held against it before it is built."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import keras

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.weight_sets import TAGS, WeightSet, get_weight_set
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.weights.assign import assign_weights, check_fits, classes_in
from effnetv2_keras.models.weights.checkpoint import Checkpoint, Tensor
from effnetv2_keras.models.weights.fetch import fetch
from effnetv2_keras.models.weights.formats import FORMATS, open_weights

HUB = "hf://"
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
        """Gives a network of `config` these weights; a classifier for other classes stays new, which is said.

        Raises:
            DataError: if a value cannot be read or is no finite number; the network stays as it was then.
        """
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
        if self.checkpoint.note:
            log.warning("%s: weights of %s; %s.", model.name, self.checkpoint.path.name, self.checkpoint.note)


def find_pretrained(
    config: ModelConfig,
    weights: str | os.PathLike[str],
    image_channels: int = 3,
    *,
    weight_set: WeightSet | None = None,
    sha256: str | None = None,
) -> Pretrained:
    """Finds `weights` and holds them against `config`.

    Args:
        config: of the network.
        weights: a tag, "hf://ORG/NAME", or the path of a file or folder.
        image_channels: of the images it takes.
        weight_set: the released set that they are known to be.
        sha256: that the file must have which is downloaded for a tag.

    Raises:
        UsageError: if there are none.
        DataError: if they are not exactly those of the network, or cannot be downloaded.
    """
    checkpoint = open_weights(locate(config.name, weights, sha256))
    if weight_set is not None:
        checkpoint = replace(checkpoint, weight_set=weight_set, changes={"pixels": weight_set.pixels}, note="")
    config = config.replace(**checkpoint.changes)
    names = FORMATS[checkpoint.format].names(config, checkpoint)
    check_fits(config, names, checkpoint, image_channels)
    return Pretrained(config, checkpoint, names, classes_in(names, checkpoint))


def locate(model: str, weights: str | os.PathLike[str], sha256: str | None = None) -> Path:
    """Returns the path of `weights` for the network called `model`, after downloading what is not there yet.

    Args:
        model: its name.
        weights: a tag, "hf://ORG/NAME", or the path of a file or folder.
        sha256: that the file must have which is downloaded for a tag.

    Raises:
        UsageError: if there is no such tag or address, or a library is not installed.
        DataError: if they cannot be downloaded.
    """
    text = os.fspath(weights)
    if text.startswith(HUB):
        from effnetv2_keras.models.weights.hub import fetch_from_hub

        return fetch_from_hub(text)
    is_word = isinstance(weights, str) and re.fullmatch(r"[\w-]+", text) is not None
    if is_word and (text in TAGS or not Path(text).exists()):
        return fetch(get_weight_set(model, text), sha256)
    return Path(text)


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

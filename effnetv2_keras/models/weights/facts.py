"""What the weights of a network need and where they come from, as the network and its files carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import keras

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.weight_sets import WeightSet
from effnetv2_keras.layers.pixels import NormalizePixels

NEEDED = ("pixels", "padding", "bn_epsilon")  # of a `ModelConfig`: other values give other answers, not an error


def make_facts(config: ModelConfig, weight_set: WeightSet | None) -> dict[str, Any]:
    """Returns the facts of a network as plain values."""
    changes = {name: getattr(config, name) for name in NEEDED}
    return {"changes": changes, "weight_set": None if weight_set is None else asdict(weight_set)}


def set_facts(network: keras.Model, facts: dict[str, Any]) -> None:
    """Has a network of ours carry `facts`."""
    network.get_layer("pixels").facts = facts


def weight_set_in(facts: Mapping[str, Any] | None) -> WeightSet | None:
    """Returns the released set that facts name, if they name one."""
    known = (facts or {}).get("weight_set")
    return WeightSet(**known) if known else None


def weight_set_of(model: keras.Model) -> WeightSet | None:
    """Returns the released weights that a network, or the network of a classifier, started from; None for any other.

    It says how photos were shown to them: `preprocessing`, `eval_size`, `pixels`.
    """
    network = getattr(model, "network", model)
    for layer in network.layers:
        if isinstance(layer, NormalizePixels):
            return weight_set_in(layer.facts)
    return None

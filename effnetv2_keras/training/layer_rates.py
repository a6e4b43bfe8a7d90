"""How much of the learning rate each part of a network gets: less, the farther it is from the classifier."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.configs.tuning import check_layer_decay
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.network_parts import part_of
from effnetv2_keras.training.released_rules import ReleasedRules


def layer_rates(network: keras.Model, decay: float) -> dict[str, float]:
    """Returns the share of the learning rate that each part of `network` gets, bottom to top.

    The classifier gets all of it, and every part below `decay` times what the part above it gets. Frozen parts are
    counted: freezing changes no rate.

    Args:
        network: whose weights are counted, each under the first layer in its path.
        decay: in (0, 1].

    Raises:
        UsageError: if `decay` is out of its range.

    Source: Clark et al. 2020 (ELECTRA), layer-wise decay; of the blocks of a network as in Bao et al. 2022 (BEiT).

    >>> from effnetv2_keras.models import create_model
    >>> rates = layer_rates(create_model("efficientnetv2-b0"), 0.8)
    >>> [(part, round(rate, 3)) for part, rate in rates.items()][-3:]
    [('stage6_block8', 0.64), ('head', 0.8), ('logits', 1.0)]
    """
    check_layer_decay(decay)
    parts = list(dict.fromkeys(part_of(weight.path) for weight in network.weights))
    return {part: decay ** (len(parts) - 1 - index) for index, part in enumerate(parts)}


def set_layer_rates(optimizer: Any, network: keras.Model, decay: float) -> None:
    """Makes `optimizer` move each part of `network` at its own rate.

    Raises:
        UsageError: if the optimizer is none of ours, which alone know the rate of each weight, or `decay` is outside
            (0, 1].
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if not isinstance(inner, ReleasedRules):
        raise UsageError(
            f"`layer_decay` needs an optimizer of make_optimizer(OptimizerSpec(...), learning_rate). "
            f"Got: {type(inner).__name__} of Keras."
        )
    inner.layer_rates = layer_rates(network, decay)

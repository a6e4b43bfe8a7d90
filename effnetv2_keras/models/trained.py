"""A network that was trained to its end: all of its weights from a file, the classifier too."""

from __future__ import annotations

from pathlib import Path

import keras

from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.errors import DataError
from effnetv2_keras.models.create import create_model
from effnetv2_keras.models.weights.pretrained import find_pretrained


def load_trained(config: ModelConfig, weights: Path, num_labels: int, activation: str | None = None) -> keras.Model:
    """Returns the network of `config` with the weights in a file.

    Raises:
        DataError: if they are not exactly those of the network, or tell apart another number of classes than there
            are labels: nothing of it starts new.
    """
    found = find_pretrained(config, weights)
    if found.num_classes != num_labels:
        raise DataError(f"Labels must name the {found.num_classes} classes of {weights}. Got: {num_labels} labels.")
    return create_model(found.config, activation=activation, weights=found)

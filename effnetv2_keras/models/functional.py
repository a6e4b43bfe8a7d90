"""Whether a network is a graph of layers that can be looked into."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.errors import UsageError


def is_functional(layer: Any) -> bool:
    """Tells whether `layer` is a functional network."""
    return isinstance(layer, keras.Model) and hasattr(layer, "operations")


def check_functional(model: Any) -> None:
    """Refuses anything but a functional network.

    Raises:
        UsageError: for anything else, such as a `Classifier` around one.
    """
    if not is_functional(model):
        raise UsageError(f"`model` must be a functional network (a Classifier has one in `.network`). Got: {model!r}.")

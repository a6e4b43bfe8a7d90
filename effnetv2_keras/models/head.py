"""What the last layer of a network gives."""

from __future__ import annotations

from typing import Literal

import keras
from keras import ops

from effnetv2_keras.errors import UsageError

Head = Literal["logits", "softmax", "sigmoid"]
HEADS: dict[str, Head] = {"linear": "logits", "softmax": "softmax", "sigmoid": "sigmoid"}


def head_of(network: keras.Model) -> Head:
    """Tells whether `network` gives logits, a softmax over classes or a sigmoid each.

    Raises:
        UsageError: if the output is not (B, K), or the last activation is another one.
    """
    if len(network.output_shape) != 2:
        raise UsageError(f"A classifier's output must have shape (B, classes). Got: {network.output_shape}.")
    last = network.layers[-1]
    if isinstance(last, keras.Model):
        return head_of(last)
    activation = "softmax" if isinstance(last, keras.layers.Softmax) else _activation_name(last)
    if activation not in HEADS:
        raise UsageError(
            f"The last layer of a classifier must give logits (no activation), a softmax or a sigmoid. "
            f"Got: layer {last.name!r} with {activation or 'no dense head'}."
        )
    return HEADS[activation]


def probabilities(outputs: keras.KerasTensor, head: Head) -> keras.KerasTensor:
    """Turns the outputs (B, K) of a network with this head into probabilities (B, K) float32."""
    outputs = ops.cast(outputs, "float32")
    return ops.softmax(outputs) if head == "logits" else outputs


def _activation_name(layer: keras.Layer) -> str | None:
    activation = getattr(layer, "activation", None)
    return None if activation is None else getattr(activation, "__name__", str(activation))

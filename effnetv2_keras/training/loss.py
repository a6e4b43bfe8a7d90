"""The loss that goes with a head, and what is refused."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import keras

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.head import Head

LOSSES = {
    "logits": "CategoricalCrossentropy(from_logits=True)",
    "softmax": "CategoricalCrossentropy()",
    "sigmoid": "BinaryCrossentropy()",
}


def loss_for(head: Head, loss: Any) -> keras.losses.Loss:
    """Returns the loss to train with: the head's own for None, else `loss`, made to take label rows.

    Raises:
        UsageError: if `loss` expects logits where the head gives probabilities, or the other way round.
    """
    if loss is None:
        kind = keras.losses.BinaryCrossentropy if head == "sigmoid" else keras.losses.CategoricalCrossentropy
        return kind(from_logits=head == "logits")
    function = keras.losses.get(loss)
    expects_logits = _expects_logits(function)
    if expects_logits is not None and expects_logits != (head == "logits"):
        raise UsageError(
            f"The loss must fit the head, which gives {head}: leave it out or take {LOSSES[head]}. "
            f"Got: {_name(loss)} with from_logits={expects_logits}."
        )
    if "sparse_categorical_crossentropy" in (_name(loss), getattr(function, "name", "")):
        return keras.losses.CategoricalCrossentropy(from_logits=head == "logits")
    return function


def check_metrics(metrics: Iterable[Any] | None) -> None:
    """Refuses metrics that take class numbers: mixed labels are rows.

    Raises:
        UsageError: for one with "sparse" in its name.
    """
    for metric in metrics or ():
        name = metric if isinstance(metric, str) else type(metric).__name__
        if "sparse" in str(name).lower():
            raise UsageError(f"Metrics must take label rows, like 'accuracy' or CategoricalAccuracy. Got: {name}.")


def _expects_logits(loss: Any) -> bool | None:
    if isinstance(loss, keras.losses.Loss):
        return getattr(loss, "from_logits", None)
    parameter = inspect.signature(loss).parameters.get("from_logits")
    return None if parameter is None else bool(parameter.default)


def _name(loss: Any) -> str:
    return loss if isinstance(loss, str) else str(getattr(loss, "name", None) or getattr(loss, "__name__", loss))

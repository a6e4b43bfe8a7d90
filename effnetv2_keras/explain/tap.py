"""Looks into a network while it computes, whatever it is wrapped in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras


@contextmanager
def tapped(operation: keras.Operation, change: Callable[[Any], Any]) -> Iterator[None]:
    """While inside, what `operation` computes goes through `change` on its way.

    A second network cut out of the first would do the same, but leaves its nodes in the layers it shares: after that a
    layer has no single `output` any more. So the call itself is stood in for, in one thread, and put back.
    """
    computed = operation.call
    with calling(operation, lambda *inputs, **options: change(computed(*inputs, **options))):
        yield


@contextmanager
def without_activation(layer: keras.Operation) -> Iterator[None]:
    """While inside, the last layer of a classifier gives the logits that its softmax or sigmoid would be taken of."""
    if isinstance(layer, keras.layers.Softmax):
        with calling(layer, lambda logits, *_, **__: logits):
            yield
        return
    activation = getattr(layer, "activation", None)
    if activation is None:
        yield
        return
    layer.activation = keras.activations.linear
    try:
        yield
    finally:
        layer.activation = activation


@contextmanager
def calling(operation: keras.Operation, call: Callable[..., Any]) -> Iterator[None]:
    """While inside, `call` stands in for that of `operation`."""
    operation.call = call
    try:
        yield
    finally:
        del operation.call  # the class has its own

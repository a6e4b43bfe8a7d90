"""What computes a network's output, from its end back to its images."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import keras

from effnetv2_keras.errors import UsageError


class Computed(NamedTuple):
    """An operation of a network, and the symbolic tensor that it gives there."""

    operation: keras.Operation
    output: keras.KerasTensor


def network_of(model: Any) -> keras.Model:
    """Returns the graph of layers inside `model`: a `Classifier` has it in `.network`.

    Raises:
        UsageError: for anything but a built network with one input.
    """
    network = getattr(model, "network", model)
    if not isinstance(network, keras.Model) or not _is_graph(network) or len(network.inputs) != 1:
        raise UsageError(
            "`model` must be a functional or Sequential network of one input, built, or a Classifier of one. "
            f"Got: {model!r}."
        )
    return network


def walk_back(network: keras.Model) -> Iterator[Computed]:
    """Yields what `network` computes, the nearest to its output first; of networks nested in it, what they do."""
    waiting = deque(network.outputs)
    seen = set()
    while waiting:
        tensor = waiting.popleft()
        operation, node, _ = tensor._keras_history
        if (id(operation), node) in seen:
            continue
        seen.add((id(operation), node))
        if isinstance(operation, keras.Model) and _is_graph(operation):
            yield from walk_back(operation)
        else:
            yield Computed(operation, tensor)
        waiting.extend(operation._inbound_nodes[node].input_tensors)


def _is_graph(network: keras.Model) -> bool:
    """Tells whether the layers of `network` are known before it is called: not so where its `call` is code."""
    return bool(getattr(network, "outputs", None))

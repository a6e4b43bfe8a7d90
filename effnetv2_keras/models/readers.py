"""Which layers of a functional network take the output of a layer."""

from __future__ import annotations

import keras


def only_reader(layer: keras.layers.Layer, model: keras.Model) -> keras.layers.Layer | None:
    """Returns the layer that alone takes the output of `layer`, once; None if others do, or if the network gives it.

    A layer that is used more than once, or whose reader is, has no such reader.
    """
    outputs = {tensor._keras_history.operation.name for tensor in keras.tree.flatten(model.output)}
    if layer.name in outputs or len(layer._inbound_nodes) != 1:
        return None
    readers = [node.operation for node in layer._outbound_nodes if node.operation in model.operations]
    return readers[0] if len(readers) == 1 and len(readers[0]._inbound_nodes) == 1 else None

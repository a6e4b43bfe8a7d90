"""What is in a SavedModel's graph: its operations and its signatures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

COMPILED = "_XlaMustCompile"
OUTPUTS = (tf.float32, tf.string, tf.int64)  # what TF Serving's REST API and its batching can answer with


def operations(graph: Any) -> tuple[str, ...]:
    """Returns the names of the operations of a `GraphDef`, of its functions too, without calls of those."""
    functions = {function.signature.name for function in graph.library.function}
    return tuple(sorted({node.op for node in _nodes(graph)} - functions))


def complaints(meta: Any) -> Iterator[str]:
    """Yields what in a `MetaGraphDef` keeps TF Serving from serving it well."""
    compiled = [f.signature.name for f in meta.graph_def.library.function if f.attr[COMPILED].b]
    compiled += [node.name for node in _nodes(meta.graph_def) if node.attr[COMPILED].b]
    if compiled:
        yield f"{compiled[0]} is compiled by XLA, which servers turn off"
    for name, signature in sorted(meta.signature_def.items()):
        for output, info in signature.outputs.items() if name.startswith("serving") else ():
            dtype, sides = tf.as_dtype(info.dtype), [dim.size for dim in info.tensor_shape.dim]
            if dtype not in OUTPUTS or sides[:1] != [-1]:
                yield f"{name} gives {output} as {dtype.name} {sides}, without a batch in front"


def signature_shapes(signatures: dict[str, Any]) -> dict[str, Any]:
    """Returns what each signature takes and gives: dtype and shape by name, -1 for the batch."""
    return {
        name: {"inputs": _tensors(signature.inputs), "outputs": _tensors(signature.outputs)}
        for name, signature in signatures.items()
    }


def _tensors(infos: Any) -> dict[str, Any]:
    return {
        name: {"dtype": tf.as_dtype(info.dtype).name, "shape": [dim.size for dim in info.tensor_shape.dim]}
        for name, info in sorted(infos.items())
    }


def _nodes(graph: Any) -> Iterator[Any]:
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def

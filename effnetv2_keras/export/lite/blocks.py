"""Which block of the network an operation belongs to, told by the names that tensors keep."""

from __future__ import annotations

import re
from collections.abc import Iterable

from effnetv2_keras.export.lite.graph import LiteGraph

WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D")  # the classifier is hybrid in any case
NUMBERED = re.compile(r"_\d+$")  # what TensorFlow adds to a name that it has met before
#   blocks of plain Keras layers: block5b_expand_conv, block_12_project, conv4_block2_1_conv
PLAIN_BLOCK = re.compile(r"^(block_?\d+[a-z]?|(?:conv|stage)\d+_block\d+)(?=_|$)")


def block_scopes(graph: LiteGraph, layers: Iterable[str]) -> dict[str, str]:
    """Returns the blocks that hold weights, in order, and for each an expression that finds its tensors' names.

    Args:
        graph: of a float32 file.
        layers: names of the network's layers.
    """
    known = set(layers)
    found: dict[str, set[str]] = {}
    for op in graph.operations:
        if op.kind in WEIGHTED:
            layer = layer_of(graph.names[op.outputs[0]], known)
            if layer is not None:
                found.setdefault(block_of(layer), set())
    for layer in layers:
        if block_of(layer) in found:
            found[block_of(layer)].add(layer)
    return {block: _scope(names) for block, names in found.items()}


def layer_of(tensor: str, layers: set[str]) -> str | None:
    """Returns the layer that a tensor was computed in, None where its name does not tell.

    >>> layer_of("b0_1/stage2_block1_1/stage2_block1_expand_1/mul_1", {"stem", "stage2_block1"})
    'stage2_block1'
    """
    for part in tensor.split("/"):
        for name in (part, NUMBERED.sub("", part)):
            if name in layers:
                return name
    return None


def block_of(layer: str) -> str:
    """Returns the block that a layer is part of: a layer of ours is one by itself.

    >>> block_of("stage2_block1"), block_of("block5b_se_reduce"), block_of("top_conv")
    ('stage2_block1', 'block5b', 'top_conv')
    """
    match = PLAIN_BLOCK.match(layer)
    return match[0] if match else layer


def _scope(names: set[str]) -> str:
    return "/(" + "|".join(sorted(re.escape(name) for name in names)) + r")(_\d+)?/"

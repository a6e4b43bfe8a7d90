"""Which blocks int8 damages most: each in turn is made hybrid, and the error that goes away is its damage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.quantise import to_int8
from effnetv2_keras.export.lite.ranges import Ranges
from effnetv2_keras.export.lite.scores import scores_of_file
from effnetv2_keras.export.lite.watch import Watch
from effnetv2_keras.export.parity import logits_of
from effnetv2_keras.models.head import Head


def damage_of_blocks(
    graph: LiteGraph, ranges: Ranges, scopes: Mapping[str, str], pixels: np.ndarray, head: Head, watch: Watch
) -> dict[str, float]:
    """Returns the mean logit error that goes away with each block, the most damaged first.

    Args:
        graph: of the float32 file, which the errors are counted from.
        ranges: of its tensors.
        scopes: of the blocks, see `block_scopes`.
        pixels: (N, S, S, 3) uint8; not those that the file is judged by in the end.
        head: of the network.
        watch: told of each block.
    """
    watch.begin("looking for damaged blocks")
    expected = scores_of_file(bytes(graph.content), pixels)

    def error(*hybrid: str) -> float:
        return mean_logit_error(to_int8(graph, ranges, hybrid), pixels, expected, head)

    whole = error()
    damage = {}
    for done, (block, scope) in enumerate(scopes.items(), 1):
        damage[block] = whole - error(scope)
        watch.advance(done, len(scopes))
    return dict(sorted(damage.items(), key=lambda item: -item[1]))


def mean_logit_error(content: bytes, pixels: np.ndarray, expected: np.ndarray, head: Head) -> float:
    """Returns how far a file strays from the probabilities `expected` (N, K), in logits, over images and classes."""
    got = scores_of_file(content, pixels)
    return float(np.abs(logits_of(got, head) - logits_of(expected, head)).mean())

"""Whether int8 will hold, told from the ranges before anything is quantised."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.ranges import Ranges
from effnetv2_keras.export.lite.residual import CARRIED, find_stretches

FEWEST_CHANNELS = 8  # below that a median says little
SUSPICIOUS = 5.0  # networks that lost nothing had 1.5 to 1.8, those that did 11 to 71 (docs/methods/tflite.md)


def channel_ratios(graph: LiteGraph, ranges: Ranges) -> dict[str, float]:
    """Returns how much larger the largest channel of a tensor is than the median one; the median over tensors.

    Returns:
        `residual`, of the stretches that `equalise` can mend; `inside`, of what is computed within blocks, which it
        cannot. 1.0 where there is no such tensor.
    """
    stretches = {tensor for stretch in find_stretches(graph) for tensor in stretch.tensors}
    inside = {
        tensor
        for op in graph.operations
        for tensor in op.outputs
        if tensor in ranges.low
        and tensor not in stretches
        and op.kind not in CARRIED
        and len(graph.shapes[tensor]) == 4
    }
    return {"residual": _median_ratio(ranges, stretches), "inside": _median_ratio(ranges, inside)}


def _median_ratio(ranges: Ranges, tensors: Iterable[int]) -> float:
    ratios = []
    for tensor in ranges.low.keys() & set(tensors):
        largest = ranges.largest(tensor)
        if len(largest) >= FEWEST_CHANNELS and np.median(largest) > 0:
            ratios.append(float(largest.max() / np.median(largest)))
    return float(np.median(ratios)) if ratios else 1.0

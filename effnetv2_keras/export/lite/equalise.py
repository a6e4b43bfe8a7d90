"""Gives the channels of the residual stream one range, without changing what the network computes.

int8 has one scale a tensor: where a few channels are much larger than the rest, the rest is rounded away.
"""

from __future__ import annotations

import numpy as np

from effnetv2_keras.export.lite.graph import LiteGraph, Operation
from effnetv2_keras.export.lite.ranges import Ranges
from effnetv2_keras.export.lite.residual import find_stretches

QUIETEST = 1e-2  # of the median: a channel that hardly speaks is not turned up further than this one


def equalise(graph: LiteGraph, ranges: Ranges) -> int:
    """Scales every stretch of `graph` in place, and `ranges` with it.

    Channel c is multiplied by s_c where it is made, and the kernels that read it are divided by s_c; s_c is the
    geometric mean of all channels' largest magnitudes over its own. What comes out of the network is the same but for
    rounding.

    Returns:
        The number of stretches.

    Source: Nagel et al. 2019, section 4.1, whose pairs of layers are whole residual streams here.
    """
    stretches = find_stretches(graph)
    for stretch in stretches:
        largest = np.max([ranges.largest(tensor) for tensor in stretch.tensors], axis=0).astype(np.float64)
        factors = factors_of(largest)
        for op in stretch.writers:
            _scale_written(graph, op, factors)
        for op in stretch.readers:
            _scale_read(graph, op, 1.0 / factors)
        ranges.scale(stretch.tensors, factors.astype(np.float32))
    return len(stretches)


def factors_of(largest: np.ndarray) -> np.ndarray:
    """Returns what each channel is multiplied by, (C,); 1 for one that is always zero.

    >>> factors_of(np.array([1.0, 4.0, 0.0])).round(9).tolist()
    [2.0, 0.5, 1.0]
    """
    speaks = largest > 0
    if not speaks.any():
        return np.ones_like(largest)
    heard = np.maximum(largest, QUIETEST * np.median(largest[speaks]))
    mean = np.exp(np.log(heard[speaks]).mean())
    return np.where(speaks, mean / heard, 1.0)


def _scale_written(graph: LiteGraph, op: Operation, factors: np.ndarray) -> None:
    kernel = graph.constant(op.inputs[1])  # (out, h, w, in), of a depthwise one (1, h, w, out)
    kernel *= factors if op.kind == "DEPTHWISE_CONV_2D" else factors[:, None, None, None]
    for bias in op.weights[1:]:
        values = graph.constant(bias)
        values *= factors


def _scale_read(graph: LiteGraph, op: Operation, factors: np.ndarray) -> None:
    kernel = graph.constant(op.inputs[1])
    kernel *= factors

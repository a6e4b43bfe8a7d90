"""The stretches of a graph where a channel may be multiplied by any number, if what reads it divides by the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effnetv2_keras.export.lite.graph import LINEAR, LiteGraph, Operation

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
CARRIED = ("ADD", "PAD")  # a sum of scaled summands is the scaled sum, and zeros around it stay zeros


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tensors with the same channels, from the convolutions that make them to those that read them.

    Args:
        tensors: numbers.
        writers: convolutions without activation.
        readers: convolutions.
    """

    tensors: tuple[int, ...]
    writers: tuple[Operation, ...]
    readers: tuple[Operation, ...]


def find_stretches(graph: LiteGraph) -> list[Stretch]:
    """Finds them all: the residual stream of each stage, and the blocks without one that a convolution follows.

    A stretch ends at a convolution, whatever its activation, and begins at one without. Where an activation, a
    squeeze-and-excitation or anything else reads a tensor or makes it, its stretch is none.
    """
    stretches = (_stretch(graph, tensors) for tensors in _groups(graph))
    return [stretch for stretch in stretches if stretch is not None]


def _groups(graph: LiteGraph) -> list[list[int]]:
    """Returns the tensors that additions and paddings tie together."""
    group_of: dict[int, list[int]] = {}
    for op in graph.operations:
        for tensor in op.outputs:
            if graph.is_computed(tensor) and len(graph.shapes[tensor]) == 4:
                group_of.setdefault(tensor, [tensor])
        if op.kind in CARRIED:
            tied = [tensor for tensor in (*op.inputs, *op.outputs) if tensor in group_of]
            merged = list(dict.fromkeys(one for tensor in tied for one in group_of[tensor]))
            for tensor in merged:
                group_of[tensor] = merged
    return list({id(group): group for group in group_of.values()}.values())


def _stretch(graph: LiteGraph, tensors: Sequence[int]) -> Stretch | None:
    inside = set(tensors)
    if inside & graph.ends:
        return None
    writers, readers = [], []
    for op in graph.operations:
        writes, reads = inside & set(op.outputs), inside & set(op.inputs)
        if not writes and not reads:
            continue
        if op.kind in CARRIED:
            computed = {tensor for tensor in (*op.inputs, *op.outputs) if graph.is_computed(tensor)}
            has_constant = op.kind == "ADD" and len(computed) < 3
            if op.activation != LINEAR or has_constant or len({graph.shapes[one][-1] for one in computed}) > 1:
                return None
        elif op.kind not in CONVOLUTIONS or not _can_be_scaled(graph, op, bool(writes), bool(reads)):
            return None
        elif writes:
            writers.append(op)
        if reads and op.kind in CONVOLUTIONS:
            readers.append(op)
    return Stretch(tuple(tensors), tuple(writers), tuple(readers)) if writers and readers else None


def _can_be_scaled(graph: LiteGraph, op: Operation, writes: bool, reads: bool) -> bool:
    if writes and op.activation != LINEAR:
        return False
    kernel = op.inputs[1]
    weights = op.weights if writes else (kernel,)
    if not all(graph.is_constant(one) for one in weights):
        return False
    if any(graph.is_shared(one) and graph.constant(one).any() for one in weights):
        return False
    return not reads or graph.shapes[kernel][-1] == graph.shapes[op.inputs[0]][-1]  # no groups

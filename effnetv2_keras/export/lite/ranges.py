"""Which values every tensor of a float32 file takes, channel by channel, while it looks at images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.inference.interpreter import make_interpreter

Advance = Callable[[int, int], None]  # told how many of how many are done


@dataclass(slots=True)
class Ranges:
    """The lowest and highest value of each channel, by tensor.

    Attributes:
        low: (C,) float32 by tensor number.
        high: as `low`.
    """

    low: dict[int, np.ndarray] = field(default_factory=dict)
    high: dict[int, np.ndarray] = field(default_factory=dict)

    def add(self, tensor: int, values: np.ndarray) -> None:
        """Widens the range of a tensor (..., C) to hold `values`."""
        rows = values.reshape(-1, values.shape[-1])
        low, high = rows.min(axis=0), rows.max(axis=0)
        self.low[tensor] = np.minimum(low, self.low.get(tensor, low))
        self.high[tensor] = np.maximum(high, self.high.get(tensor, high))

    def wider(self, other: Ranges) -> Ranges:
        """Returns ranges that hold both."""
        both = Ranges(dict(self.low), dict(self.high))
        for tensor, low in other.low.items():
            both.add(tensor, np.stack([low, other.high[tensor]]))
        return both

    def largest(self, tensor: int) -> np.ndarray:
        """Returns the largest magnitude of each channel, (C,)."""
        return np.maximum(np.abs(self.low[tensor]), np.abs(self.high[tensor]))

    def scale(self, tensors: Iterable[int], factors: np.ndarray) -> None:
        """Multiplies channels by positive factors (C,)."""
        for tensor in tensors:
            self.low[tensor] = self.low[tensor] * factors
            self.high[tensor] = self.high[tensor] * factors


def measure_ranges(graph: LiteGraph, images: Sequence[np.ndarray], advance: Advance | None = None) -> Ranges:
    """Runs a float32 file on images and returns the ranges of all that it computes.

    What the file computes of pixels before its first convolution is given the range of all pixels there can be: no
    image has to be black or white for the range to be whole.

    Args:
        graph: of the file.
        images: (S, S, 3) in [0, 255], of the type that the file takes.
        advance: told how many images are done.
    """
    interpreter = make_interpreter(bytes(graph.content), keeps_all=True)
    interpreter.allocate_tensors()
    [image_in] = interpreter.get_input_details()
    computed = sorted({tensor for op in graph.operations for tensor in op.outputs if graph.is_computed(tensor)})
    given = [image_in["index"]] if image_in["dtype"] == np.float32 else []  # bytes need no range
    ranges = Ranges()

    def see(image: np.ndarray, tensors: Iterable[int]) -> None:
        interpreter.set_tensor(image_in["index"], image[None].astype(image_in["dtype"]))
        interpreter.invoke()
        for tensor in tensors:
            ranges.add(tensor, np.atleast_1d(interpreter.get_tensor(tensor)))

    for level in (0, 255):
        see(np.full(image_in["shape"][1:], level), [*given, *before_first_convolution(graph)])
    for number, image in enumerate(images, 1):
        see(image, computed)
        if advance is not None:
            advance(number, len(images))
    return ranges


def before_first_convolution(graph: LiteGraph) -> list[int]:
    """Returns the tensors that are pixels still: cast, normalised, not yet filtered."""
    found: list[int] = []
    for op in graph.operations:
        if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            break
        found += [tensor for tensor in op.outputs if graph.is_computed(tensor)]
    return found

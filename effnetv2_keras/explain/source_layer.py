"""The layer whose maps say where a network looked."""

from __future__ import annotations

import keras

from effnetv2_keras.errors import UsageError, unknown_name
from effnetv2_keras.explain.walk import walk_back


def find_source_layer(network: keras.Model, name: str | None = None) -> keras.Operation:
    """Returns the layer called `name`, or the last one that gives maps with more than one place.

    Layers of nested networks count. After global pooling that keeps its axes, as in MobileNetV3, there is one place
    left, so what comes after is no map any more.

    Raises:
        UsageError: if there is no such layer, or what it gives is not (B, H, W, C).
    """
    found = list(walk_back(network))
    if name is None:
        mapped = [one.operation for one in found if _has_places(one.output.shape)]
        if not mapped:
            raise UsageError(
                f"A network must give maps (B, H, W, C) before its classifier. Got: none in {network.name!r}."
            )
        return mapped[0]
    named = [one for one in found if one.operation.name == name]
    if not named:
        raise unknown_name("layer", name, [one.operation.name for one in reversed(found)])
    [operation, output] = named[0]
    if len(output.shape) != 4:
        raise UsageError(f"`layer` must give maps (B, H, W, C). Got: {name!r}, which gives {output.shape}.")
    return operation


def _has_places(shape: tuple[int | None, ...]) -> bool:
    return len(shape) == 4 and shape[1:3] != (1, 1)

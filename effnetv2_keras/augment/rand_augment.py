"""RandAugment: a few random operations an image, all of one magnitude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import keras
from keras import ops

from effnetv2_keras.augment.grouping import apply_grouped
from effnetv2_keras.augment.level import MAX_MAGNITUDE, Level
from effnetv2_keras.augment.operations import Operation
from effnetv2_keras.augment.randomness import draw_sign, spread, uniform


class LayerDraw(NamedTuple):
    """The random numbers of one layer; one entry an image."""

    operation: keras.KerasTensor  # (B,) int32, its number in the list of operations
    sign: keras.KerasTensor  # (B,) float32, -1 or 1
    place: keras.KerasTensor  # (B, 2) float32 in [0, 1)


def draw_layers(
    count: int, num_layers: int, num_operations: int, seed: keras.random.SeedGenerator
) -> tuple[LayerDraw, ...]:
    """Draws which operations `count` images get in each layer, to which side and where.

    Within a layer the operations are spread evenly over the batch (`randomness.spread`); layers are independent.
    """
    return tuple(
        LayerDraw(spread(count, num_operations, seed), draw_sign(count, seed), uniform((count, 2), seed))
        for _ in range(num_layers)
    )


def rand_augment(
    images: keras.KerasTensor,
    layers: Sequence[LayerDraw],
    magnitude: keras.KerasTensor,
    operations: Sequence[Operation],
) -> keras.KerasTensor:
    """Applies one drawn operation an image and layer.

    Args:
        images: (B, H, W, 3) uint8.
        layers: from `draw_layers`, for as many operations as given here.
        magnitude: scalar float32; outside 0 to 30 the nearer end counts.
        operations: from `get_operations`.

    Returns:
        Images of the same shape, uint8.

    Source: Cubuk et al. 2020; as in EfficientNetV2 all operations act with probability 1 and at the same magnitude.
    """
    count = images.shape[0]
    height, width = ops.shape(images)[1:3]
    same = ops.ones((count,)) * ops.clip(ops.cast(magnitude, "float32"), 0.0, MAX_MAGNITUDE)
    room = [-(-count // len(operations))] * len(operations)
    for draw in layers:
        level = Level(same, draw.sign, draw.place, height, width)
        images = apply_grouped(images, draw.operation, level, operations, room)
    return images

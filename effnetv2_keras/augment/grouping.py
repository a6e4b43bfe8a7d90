"""Runs every operation on its own images only, with shapes that are known before the draw.

The images of a batch are sorted into groups, one an operation. A group has a fixed room; places that no image takes are
filled with the first image, and what becomes of it there is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import keras
from keras import ops

from effnetv2_keras.augment import geometry
from effnetv2_keras.augment.level import Level
from effnetv2_keras.augment.operations import Operation


class Places(NamedTuple):
    """Where each image of a batch (B) stands among the places (P) of all groups."""

    of_image: keras.KerasTensor  # (B,) int32: the place of each image
    image: keras.KerasTensor  # (P,) int32: the image at each place, 0 at those left over


def find_places(group: keras.KerasTensor, room: Sequence[int]) -> Places:
    """Lines the images up by group.

    Args:
        group: (B,) int32, the group of each image.
        room: places of each group; no group may get more images.
    """
    count = group.shape[0]
    index = ops.arange(count, dtype="int32")
    earlier = (group[None, :] == group[:, None]) & (index[None, :] < index[:, None])
    starts = ops.convert_to_tensor([0, *accumulate(room)][:-1], dtype="int32")
    of_image = ops.take(starts, group) + ops.sum(ops.cast(earlier, "int32"), axis=1)
    taken = ops.arange(sum(room), dtype="int32")[:, None] == of_image[None, :]
    return Places(of_image, ops.sum(ops.where(taken, index[None, :], 0), axis=1))


def apply_grouped(
    images: keras.KerasTensor,
    group: keras.KerasTensor,
    level: Level,
    operations: Sequence[Operation],
    room: Sequence[int],
) -> keras.KerasTensor:
    """Applies to each image the operation that its group names.

    Args:
        images: (B, H, W, 3) uint8.
        group: (B,) int32, the number of each image's operation.
        level: of the B images.
        operations: those that move pixels last.
        room: the most images that each operation can get.

    Returns:
        Images of the same shape and type.
    """
    places = find_places(group, room)
    lined_up = ops.take(images, places.image, axis=0)
    levels = level.pick(places.image)
    changed, matrices = [], []
    first_moved = start = 0
    for operation, size in zip(operations, room, strict=True):
        if size == 0:
            continue
        part = slice(start, start + size)
        arguments = operation.arguments(levels.pick(part))
        if operation.moves:
            matrices.append(operation.apply(*arguments, level.height, level.width))
        else:
            result = operation.apply(ops.cast(lined_up[part], "float32"), *arguments)
            changed.append(ops.cast(ops.clip(result, 0.0, 255.0), images.dtype))
            first_moved = part.stop
        start = part.stop
    if matrices:
        changed.append(geometry.warp(lined_up[first_moved:], geometry.concatenate(matrices)))
    return ops.take(ops.concatenate(changed, axis=0), places.of_image, axis=0)

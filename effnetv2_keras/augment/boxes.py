"""Upright boxes inside images: where they lie, how large they are, which pixels they hold."""

from __future__ import annotations

from typing import NamedTuple

import keras
from keras import ops


class Box(NamedTuple):
    """Rows `top` .. `bottom` - 1 and columns `left` .. `right` - 1 of each image; every field (B,) int32."""

    top: keras.KerasTensor
    bottom: keras.KerasTensor
    left: keras.KerasTensor
    right: keras.KerasTensor

    def area(self) -> keras.KerasTensor:
        """Returns the number of pixels, (B,) int32."""
        return (self.bottom - self.top) * (self.right - self.left)

    def mask(self, height: int, width: int) -> keras.KerasTensor:
        """Returns which pixels lie inside, (B, H, W, 1) bool."""
        y = ops.arange(height, dtype="int32")[None, :]
        x = ops.arange(width, dtype="int32")[None, :]
        rows = (y >= self.top[:, None]) & (y < self.bottom[:, None])
        columns = (x >= self.left[:, None]) & (x < self.right[:, None])
        return (rows[:, :, None] & columns[:, None, :])[..., None]


def box_around(
    place: keras.KerasTensor, tall: keras.KerasTensor, wide: keras.KerasTensor, height: int, width: int
) -> Box:
    """Returns boxes of `tall` x `wide` px around `place`, cut at the border of the image.

    Args:
        place: (B, 2) float32 in [0, 1), centres in sides of the image: down, right.
        tall: (B,) int32 px.
        wide: (B,) int32 px.
        height: of the images, px.
        width: of the images, px.

    Returns:
        A `Box`.
    """
    top = ops.cast(ops.floor(place[:, 0] * ops.cast(height, "float32")), "int32") - tall // 2
    left = ops.cast(ops.floor(place[:, 1] * ops.cast(width, "float32")), "int32") - wide // 2
    return Box(
        ops.clip(top, 0, height),
        ops.clip(top + tall, 0, height),
        ops.clip(left, 0, width),
        ops.clip(left + wide, 0, width),
    )

"""Operations that move pixels: each gives a matrix, one warp applies them all.

Matrices are whole numbers (16 bits after the point, as in Pillow), and so is the arithmetic of the warp. With floats, a
source point that falls between two pixels would go to one of them in eager mode and to the other under XLA.
"""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

ONE = 65536
GREY = 128.0

# Sines of 0.00, 0.01 ... 90.00 degrees: the same on every device, unlike the devices' own sines.
SINES = np.round(np.sin(np.deg2rad(np.arange(9001) / 100)) * ONE).astype("int32")


class Affine(NamedTuple):
    """Where each output pixel is taken from, measured from the image's centre; every field (B,) int32.

    source x = xx * x + xy * y + dx, source y = yx * x + yy * y + dy. The four factors are in 1 / 65536, `dx` and `dy`
    in 1 / 65536 of half a pixel.
    """

    xx: keras.KerasTensor
    xy: keras.KerasTensor
    dx: keras.KerasTensor
    yx: keras.KerasTensor
    yy: keras.KerasTensor
    dy: keras.KerasTensor


def fixed(value: keras.KerasTensor) -> keras.KerasTensor:
    """Rounds a float to the nearest 1 / 65536 and returns it as that many, int32."""
    return ops.cast(ops.floor(value * float(ONE) + 0.5), "int32")


def identity(like: keras.KerasTensor) -> Affine:
    """Returns the matrices that change nothing, as many as `like` (B,) has entries."""
    zero = ops.zeros_like(like, dtype="int32")
    return Affine(zero + ONE, zero, zero, zero, zero + ONE, zero)


def rotate(degrees: keras.KerasTensor, height: int, width: int) -> Affine:
    """Turns about the centre, counter-clockwise, to a hundredth of a degree.

    Args:
        degrees: (B,) float32 in [-90, 90].
        height: px, not used.
        width: px, not used.
    """
    del height, width
    hundredths = ops.cast(ops.floor(ops.clip(ops.abs(degrees), 0.0, 90.0) * 100.0 + 0.5), "int32")
    sine = ops.where(degrees < 0, -1, 1) * ops.take(SINES, hundredths)
    cosine = ops.take(SINES, 9000 - hundredths)
    return identity(degrees)._replace(xx=cosine, xy=-sine, yx=sine, yy=cosine)


def shear_x(slope: keras.KerasTensor, height: int, width: int) -> Affine:
    """Slides each row sideways by `slope` times its distance from the top row.

    Args:
        slope: (B,) float32, px sideways a row.
        height: px.
        width: px, not used.
    """
    del width
    return identity(slope)._replace(xy=fixed(slope), dx=fixed(slope) * (height - 1))


def shear_y(slope: keras.KerasTensor, height: int, width: int) -> Affine:
    """Slides each column up or down by `slope` times its distance from the left column.

    Args:
        slope: (B,) float32, px up or down a column.
        height: px, not used.
        width: px.
    """
    del height
    return identity(slope)._replace(yx=fixed(slope), dy=fixed(slope) * (width - 1))


def translate_x(pixels: keras.KerasTensor, height: int, width: int) -> Affine:
    """Takes each pixel from `pixels` further right.

    Args:
        pixels: (B,) float32, px.
        height: px, not used.
        width: px, not used.
    """
    del height, width
    return identity(pixels)._replace(dx=2 * fixed(pixels))


def translate_y(pixels: keras.KerasTensor, height: int, width: int) -> Affine:
    """Takes each pixel from `pixels` further down.

    Args:
        pixels: (B,) float32, px.
        height: px, not used.
        width: px, not used.
    """
    del height, width
    return identity(pixels)._replace(dy=2 * fixed(pixels))


def concatenate(matrices: list[Affine]) -> Affine:
    """Puts the matrices of several groups of images one after the other."""
    return Affine(*(ops.concatenate(fields, axis=0) for fields in zip(*matrices, strict=True)))


def warp(images: keras.KerasTensor, matrix: Affine, fill: float = GREY) -> keras.KerasTensor:
    """Moves the pixels of each image by its own matrix; nearest neighbour.

    Args:
        images: (B, H, W, 3), any type.
        matrix: `Affine` of B matrices.
        fill: level of pixels whose source lies outside.

    Returns:
        Images of the same shape and type.
    """
    count, height, width, channels = ops.shape(images)
    # Twice the distance from the centre, so that it is whole for even and odd sides.
    x = (2 * ops.arange(width, dtype="int32") - (width - 1))[None, None, :]
    y = (2 * ops.arange(height, dtype="int32") - (height - 1))[None, :, None]
    xx, xy, dx, yx, yy, dy = (field[:, None, None] for field in matrix)
    # Back to whole pixels from the corner: half pixels times 65536 are cut off by 17 bits.
    source_x = ops.right_shift(xx * x + (xy * y + (dx + width * ONE)), 17)
    source_y = ops.right_shift(yx * x + (yy * y + (dy + height * ONE)), 17)
    inside = (source_x >= 0) & (source_x < width) & (source_y >= 0) & (source_y < height)
    first = ops.arange(count, dtype="int32")[:, None, None] * (height * width)
    # Pixels from outside all come from one more pixel at the end.
    index = ops.where(inside, first + source_y * width + source_x, count * height * width)
    pixels = ops.reshape(images, (-1, channels))
    pixels = ops.concatenate([pixels, ops.full((1, channels), fill, dtype=images.dtype)], axis=0)
    return ops.reshape(ops.take(pixels, ops.reshape(index, (-1,)), axis=0), ops.shape(images))


def flip(images: keras.KerasTensor, mirrored: keras.KerasTensor) -> keras.KerasTensor:
    """Mirrors left and right the images whose `mirrored` is true.

    Args:
        images: (B, H, W, C), any type.
        mirrored: (B,) bool.

    Returns:
        Images of the same shape and type.
    """
    # Choosing whole images copies memory; a `where` that broadcasts takes TensorFlow three times as long.
    count = images.shape[0]
    both = ops.concatenate([images, ops.flip(images, axis=2)], axis=0)
    return ops.take(both, ops.arange(count, dtype="int32") + count * ops.cast(mirrored, "int32"), axis=0)

"""Operations that hide a part of each image."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from effnetv2_keras.augment.boxes import Box, box_around
from effnetv2_keras.augment.randomness import uniform

GREY = 128.0
AREA = (0.02, 0.33)  # part of the image that random erasing hides
ASPECT = (0.3, 1 / 0.3)  # height by width of the hidden box


class EraseDraw(NamedTuple):
    """The random numbers of random erasing; one entry an image."""

    chance: keras.KerasTensor  # (B,) float32 in [0, 1): acts if below the rate
    area: keras.KerasTensor  # (B,) float32 in [0, 1)
    aspect: keras.KerasTensor  # (B,) float32 in [0, 1)
    place: keras.KerasTensor  # (B, 2) float32 in [0, 1): of the box among those that fit
    noise: keras.KerasTensor  # (B,) int32, what the noise grows from


def draw_erasing(count: int, seed: keras.random.SeedGenerator) -> EraseDraw:
    """Draws for a batch of `count` images."""
    return EraseDraw(
        chance=uniform((count,), seed),
        area=uniform((count,), seed),
        aspect=uniform((count,), seed),
        place=uniform((count, 2), seed),
        noise=keras.random.randint((count,), 0, 2**30, dtype="int32", seed=seed),
    )


def cutout(images: keras.KerasTensor, half: keras.KerasTensor, place: keras.KerasTensor) -> keras.KerasTensor:
    """Paints a square grey.

    Args:
        images: (B, H, W, 3), levels in [0, 255].
        half: (B,) float32, half the side in px, whole numbers.
        place: (B, 2) float32 in [0, 1), the centre in sides of the image. What sticks out is cut off.

    Returns:
        Images of the same shape and type.

    Source: DeVries & Taylor 2017.
    """
    shape = ops.shape(images)
    side = 2 * ops.cast(half, "int32")
    box = box_around(place, side, side, shape[1], shape[2])
    return ops.where(box.mask(shape[1], shape[2]), ops.cast(GREY, images.dtype), images)


def square_cutout(images: keras.KerasTensor, place: keras.KerasTensor, part: float) -> keras.KerasTensor:
    """Paints a square grey whose side is `part` of the image's shorter side; see `cutout`.

    Args:
        images: (B, H, W, 3), levels in [0, 255].
        place: (B, 2) float32 in [0, 1), the centre in sides of the image.
        part: in [0, 1].
    """
    shape = ops.shape(images)
    shorter = ops.cast(ops.minimum(shape[1], shape[2]), "float32")
    return cutout(images, ops.floor(ops.ones_like(place[:, 0]) * shorter * (part / 2.0) + 1e-3), place)


def random_erasing(images: keras.KerasTensor, draw: EraseDraw, rate: float) -> keras.KerasTensor:
    """Fills a box of random size and shape with noise, in a part of the images.

    Args:
        images: (B, H, W, 3), levels in [0, 255].
        draw: from `draw_erasing`.
        rate: probability that an image loses a box, in [0, 1].

    Returns:
        Images of the same shape and type.

    Source: Zhong et al. 2020, with random values (RE-R); a side longer than the image is cut down to it, where the
    paper draws again.
    """
    shape = ops.shape(images)
    height, width = shape[1], shape[2]
    pixels = ops.cast(height * width, "float32") * between(draw.area, *AREA)
    aspect = ops.exp(between(draw.aspect, *np.log(ASPECT)))
    tall = ops.minimum(ops.cast(ops.sqrt(pixels * aspect), "int32"), height)
    wide = ops.minimum(ops.cast(ops.sqrt(pixels / aspect), "int32"), width)
    top = ops.cast(draw.place[:, 0] * ops.cast(height - tall + 1, "float32"), "int32")
    left = ops.cast(draw.place[:, 1] * ops.cast(width - wide + 1, "float32"), "int32")
    inside = Box(top, top + tall, left, left + wide).mask(height, width)
    acts = inside & (draw.chance < rate)[:, None, None, None]
    return ops.where(acts, ops.cast(noise_like(images, draw.noise), images.dtype), images)


def between(unit: keras.KerasTensor, low: float, high: float) -> keras.KerasTensor:
    """Stretches numbers in [0, 1) to [low, high)."""
    return float(low) + unit * float(high - low)


def noise_like(images: keras.KerasTensor, start: keras.KerasTensor) -> keras.KerasTensor:
    """Returns levels 0 to 255 that look random, of the images' shape, int32; a function of `start` (B,) alone.

    The number of each value is scrambled by multiplying and folding, so nothing has to be drawn for images whose size
    is known at run time only.
    """
    _, height, width, channels = ops.shape(images)
    number = ops.reshape(ops.arange(height * width * channels, dtype="int32"), (1, height, width, channels))
    mixed = number + start[:, None, None, None]
    for factor in (0x2C1B3C6D, 0x297A2D39):
        mixed = ops.bitwise_xor(mixed, ops.right_shift(mixed, 15)) * factor
    return ops.bitwise_and(ops.right_shift(mixed, 16), 255)

"""Operations on colours: pure functions `(images, strength) -> images`.

Images are (B, H, W, 3) float32 whole numbers in [0, 255], strengths (B,) float32. Results are whole numbers too,
rounded as Pillow rounds.
"""

from __future__ import annotations

import keras
from keras import ops

# Added before cutting a fraction off, so that 18.9999 counts as 19 whichever way the compiler orders the arithmetic.
SLACK = 1e-3


def invert(images: keras.KerasTensor) -> keras.KerasTensor:
    """Turns every level upside down."""
    return 255.0 - images


def auto_contrast(images: keras.KerasTensor) -> keras.KerasTensor:
    """Stretches each channel of each image to the full range; leaves a flat channel alone."""
    low, high = extremes(images)
    flat = high <= low
    scale = ops.where(flat, 1.0, 255.0 / ops.maximum(high - low, 1.0))
    return whole((images - ops.where(flat, 0.0, low)) * scale)


def extremes(images: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Returns the lowest and the highest level of each channel, (B, 1, 1, 3)."""
    # One axis after the other: TensorFlow takes twice as long for both at once.
    low = ops.min(ops.min(images, axis=1, keepdims=True), axis=2, keepdims=True)
    return low, ops.max(ops.max(images, axis=1, keepdims=True), axis=2, keepdims=True)


def posterize(images: keras.KerasTensor, bits: keras.KerasTensor) -> keras.KerasTensor:
    """Keeps the highest `bits` (1 to 8) bits of every level."""
    step = ops.power(2.0, 8.0 - per_image(bits))
    return ops.floor(images / step) * step


def solarize(images: keras.KerasTensor, threshold: keras.KerasTensor) -> keras.KerasTensor:
    """Inverts levels at or above `threshold` (0 to 256)."""
    return ops.abs(images - 255.0 * ops.cast(images >= per_image(threshold), "float32"))


def solarize_add(images: keras.KerasTensor, addition: keras.KerasTensor) -> keras.KerasTensor:
    """Adds `addition` (0 to 255) to levels below 128."""
    return ops.minimum(images + per_image(addition) * ops.cast(images < 128.0, "float32"), 255.0)


def brightness(images: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
    """Multiplies all levels by `factor`; 0 is black, 1 the image itself."""
    return whole(images * per_image(factor))


def color(images: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
    """Moves the image away from its grey version; factor 0 is grey, 1 the image itself."""
    return blend(grey(images), images, factor)


def contrast(images: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
    """Moves the image away from its mean grey level; factor 0 is flat, 1 the image itself."""
    shape = ops.shape(images)
    pixels = shape[1] * shape[2]
    total = ops.sum(ops.cast(grey(images), "int32"), axis=(1, 2, 3), keepdims=True)  # whole numbers: exact
    return blend(ops.cast((2 * total + pixels) // (2 * pixels), "float32"), images, factor)


def released_contrast(images: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
    """Moves the image away from a grey level that depends on its size alone.

    The released code divides the number of pixels by 256 where the mean of the levels was meant: 64 at 128 px, 255
    (white) from 256 px on.
    """
    shape = ops.shape(images)
    level = ops.minimum(ops.floor(ops.cast(shape[1] * shape[2], "float32") / 256.0), 255.0)
    return blend(level, images, factor)


def sharpness(images: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
    """Moves the image away from its smoothed version; factor 0 is smooth, 1 the image itself.

    The outermost pixels have no full neighbourhood and stay, so an image under 3 x 3 px stays whole.
    """
    return blend(smooth(images, rounding=0.5), images, factor)


def released_sharpness(images: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
    """Does what `sharpness` does, but cuts the smoothed levels off where Pillow rounds them."""
    return blend(smooth(images, rounding=SLACK), images, factor)


def smooth(images: keras.KerasTensor, rounding: float) -> keras.KerasTensor:
    """Averages each pixel with its eight neighbours, itself weighing 5 of 13; the border stays."""
    padded = ops.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]])
    rows = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    square = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]
    height, width = ops.shape(images)[1], ops.shape(images)[2]
    y, x = ops.arange(height)[:, None, None], ops.arange(width)[None, :, None]
    inside = (y > 0) & (y < height - 1) & (x > 0) & (x < width - 1)
    return ops.where(inside, ops.floor((square + 4.0 * images) / 13.0 + rounding), images)


def blend(start: keras.KerasTensor, images: keras.KerasTensor, factor: keras.KerasTensor) -> keras.KerasTensor:
    """Goes from `start` towards `images` by `factor`; beyond them if it is above 1."""
    return whole(start + per_image(factor) * (images - start))


def grey(images: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the brightness (B, H, W, 1) by ITU-R 601, in Pillow's whole-number weights."""
    red, green, blue = (ops.cast(images[..., i : i + 1], "int32") for i in range(3))
    return ops.cast((19595 * red + 38470 * green + 7471 * blue + 32768) // 65536, "float32")


def whole(levels: keras.KerasTensor) -> keras.KerasTensor:
    """Clips to [0, 255] and cuts fractions off."""
    return ops.floor(ops.clip(levels + SLACK, 0.0, 255.0))


def per_image(strength: keras.KerasTensor) -> keras.KerasTensor:
    """Shapes (B,) so that it meets (B, H, W, C)."""
    return ops.reshape(strength, (-1, 1, 1, 1))

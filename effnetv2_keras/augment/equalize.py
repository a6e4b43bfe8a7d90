"""Histogram equalisation, each image and channel by its own histogram."""

from __future__ import annotations

import keras
from keras import ops

LEVELS = 256


def equalize(images: keras.KerasTensor) -> keras.KerasTensor:
    """Spreads the levels of each channel so that all are about equally frequent.

    Args:
        images: (B, H, W, 3) float32 whole numbers in [0, 255].

    Returns:
        Images of the same shape, equal to `PIL.ImageOps.equalize` pixel by pixel. A channel with so few pixels or
        levels that the step of the curve would be 0 stays as it is.
    """
    shape = ops.shape(images)
    channels = shape[0] * shape[3]
    # One long histogram: channel number c of the batch counts into bins 256 c .. 256 c + 255.
    first = LEVELS * ops.reshape(ops.arange(channels, dtype="int32"), (shape[0], 1, 1, shape[3]))
    bins = ops.reshape(ops.cast(images, "int32") + first, (-1,))
    counts = ops.segment_sum(ops.ones_like(bins), bins, num_segments=channels * LEVELS)
    curve = tone_curve(ops.reshape(counts, (channels, LEVELS)))
    return ops.cast(ops.reshape(ops.take(ops.reshape(curve, (-1,)), bins, axis=0), shape), "float32")


def tone_curve(counts: keras.KerasTensor) -> keras.KerasTensor:
    """Returns the new level of each old level, from the counts of the old ones.

    Args:
        counts: (channels, 256) int32, how many pixels have each level.

    Returns:
        (channels, 256) int32.
    """
    levels = ops.arange(LEVELS, dtype="int32")[None, :]
    brightest = ops.max(ops.where(counts > 0, levels, 0), axis=1, keepdims=True)
    in_brightest = ops.sum(ops.where(levels == brightest, counts, 0), axis=1, keepdims=True)
    step = (ops.sum(counts, axis=1, keepdims=True) - in_brightest) // 255
    darker = ops.cumsum(counts, axis=1) - counts
    divisor = ops.maximum(step, 1)
    return ops.where(step > 0, ops.minimum((darker + divisor // 2) // divisor, 255), levels)

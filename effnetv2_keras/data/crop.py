"""Which part of a photo a training step sees: a random window, a pure function of a seed."""

from __future__ import annotations

import math

import tensorflow as tf

ASPECT = (3 / 4, 4 / 3)  # width / height; facts 1.4, the V1 and B0-B3 path
TRIES = 10  # as many as the released code tries for B0-B3


def random_window(height: tf.Tensor, width: tf.Tensor, crop_area: tuple[float, float], seed: tf.Tensor) -> tf.Tensor:
    """Draws the window of a random-resized crop.

    Args:
        height: scalar int32, px.
        width: scalar int32, px.
        crop_area: smallest and largest share of the image's area, in (0, 1].
        seed: (2,) int64; the same seed draws the same window.

    Returns:
        (4,) int32: top, left, height, width. Where no try fits, the largest centred window of an allowed aspect.

    Source: Szegedy et al. 2014 (the crop of GoogLeNet); facts 1.4.
    """
    draws = tf.random.stateless_uniform((4, TRIES), seed)
    tall, wide = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    area = tall * wide * (crop_area[0] + draws[0] * (crop_area[1] - crop_area[0]))
    aspect = tf.exp(math.log(ASPECT[0]) + draws[1] * (math.log(ASPECT[1]) - math.log(ASPECT[0])))
    widths = tf.cast(tf.round(tf.sqrt(area * aspect)), tf.int32)
    heights = tf.cast(tf.round(tf.sqrt(area / aspect)), tf.int32)
    fits = (widths <= width) & (heights <= height) & (widths > 0) & (heights > 0)
    first = tf.argmax(fits)

    def drawn() -> tf.Tensor:
        h, w = heights[first], widths[first]
        top = tf.cast(draws[2, first] * tf.cast(height - h + 1, tf.float32), tf.int32)
        left = tf.cast(draws[3, first] * tf.cast(width - w + 1, tf.float32), tf.int32)
        return tf.stack([tf.minimum(top, height - h), tf.minimum(left, width - w), h, w])

    def centred() -> tf.Tensor:
        h = tf.cast(tf.minimum(tall, wide / ASPECT[0]), tf.int32)
        w = tf.cast(tf.minimum(wide, tall * ASPECT[1]), tf.int32)
        return tf.stack([(height - h) // 2, (width - w) // 2, h, w])

    return tf.cond(tf.reduce_any(fits), drawn, centred)

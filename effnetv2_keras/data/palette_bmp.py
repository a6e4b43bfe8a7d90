"""BMP files with a table of colours, of which TensorFlow's decoder returns the numbers in place of the colours."""

from __future__ import annotations

import tensorflow as tf

# where the file header says what; BITMAPFILEHEADER is 14 bytes, BITMAPINFOHEADER follows
PIXELS_AT, HEADER_SIZE_AT, BITS_AT, FILE_HEADER = 10, 14, 28, 14


def has_palette(data: tf.Tensor) -> tf.Tensor:
    """Tells whether the bytes of an image file are a BMP of 8 bits a pixel."""
    is_bmp = tf.equal(tf.strings.substr(data, 0, 2), b"BM") & (tf.strings.length(data) > BITS_AT + 2)
    return tf.cond(is_bmp, lambda: tf.equal(_number(data, BITS_AT, 2), 8), lambda: tf.constant(False))


def decode_palette_bmp(data: tf.Tensor) -> tf.Tensor:
    """Decodes a BMP of 8 bits a pixel; returns (H, W, 3) uint8."""
    numbers = tf.io.decode_image(data, channels=3, expand_animations=False)
    table = FILE_HEADER + _number(data, HEADER_SIZE_AT, 4)
    entries = tf.strings.substr(data, table, (_number(data, PIXELS_AT, 4) - table) // 4 * 4)
    colours = tf.reshape(tf.io.decode_raw(entries, tf.uint8), (-1, 4))[:, 2::-1]  # stored blue, green, red, 0
    return tf.gather(colours, tf.cast(numbers[..., 0], tf.int32))


def _number(data: tf.Tensor, position: int, count: int) -> tf.Tensor:
    parts = tf.ensure_shape(tf.io.decode_raw(tf.strings.substr(data, position, count), tf.uint8), (count,))
    return tf.reduce_sum(tf.cast(parts, tf.int32) * tf.constant([256**i for i in range(count)]))

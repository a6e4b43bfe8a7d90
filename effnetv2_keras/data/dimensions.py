"""How large an encoded image says it is, read in the graph before anything is decoded.

A file of some kilobytes can ask for gigabytes of pixels. Sources: PNG specification, IHDR; GIF89a, logical screen
descriptor; Windows BITMAPINFOHEADER; WebP container specification, VP8, VP8L and VP8X chunks.
"""

from __future__ import annotations

import tensorflow as tf

from effnetv2_keras.data.header import MAX_PIXELS

HEAD_BYTES = 32


def refuse_large(data: tf.Tensor) -> tf.Tensor:
    """Returns `data` (scalar string, no JPEG), or fails with INVALID_ARGUMENT where it declares too many pixels."""
    return _if_at_most(declared_pixels(data), data)


def refuse_large_jpeg(data: tf.Tensor) -> tf.Tensor:
    """Returns `data` (scalar string, a JPEG), or fails with INVALID_ARGUMENT where it declares too many pixels."""
    height, width, _ = tf.unstack(tf.cast(tf.ensure_shape(tf.io.extract_jpeg_shape(data), (3,)), tf.int64))
    return _if_at_most(height * width, data)


def _if_at_most(pixels: tf.Tensor, data: tf.Tensor) -> tf.Tensor:
    message = ["An image may have at most", MAX_PIXELS, "pixels. Got:", pixels]
    with tf.control_dependencies([tf.debugging.Assert(pixels <= MAX_PIXELS, message)]):
        return tf.identity(data)


def declared_pixels(data: tf.Tensor) -> tf.Tensor:
    """Returns width x height of a PNG, GIF, BMP or WebP file, 0 for anything else; the decoder refuses that."""
    head = tf.strings.substr(tf.strings.join([data, tf.constant(b"\0" * HEAD_BYTES)]), 0, HEAD_BYTES)
    byte = tf.cast(tf.ensure_shape(tf.io.decode_raw(head, tf.uint8), (HEAD_BYTES,)), tf.int64)

    def big(at: int, count: int) -> tf.Tensor:
        return tf.reduce_sum(byte[at : at + count] * tf.constant([256**i for i in range(count)][::-1], tf.int64))

    def little(at: int, count: int) -> tf.Tensor:
        return tf.reduce_sum(byte[at : at + count] * tf.constant([256**i for i in range(count)], tf.int64))

    def signed(at: int) -> tf.Tensor:
        value = little(at, 4)
        return tf.where(value >= 2**31, 2**32 - value, value)  # a BMP stored from the top has a negative height

    def is_at(at: int, sign: bytes) -> tf.Tensor:
        return tf.equal(tf.strings.substr(head, at, len(sign)), sign)

    packed = little(21, 4)  # VP8L: 14 bits of width - 1, then 14 of height - 1
    return tf.case(
        [
            (is_at(0, b"\x89PNG"), lambda: big(16, 4) * big(20, 4)),
            (is_at(0, b"GIF8"), lambda: little(6, 2) * little(8, 2)),
            (is_at(0, b"BM"), lambda: signed(18) * signed(22)),
            (is_at(12, b"VP8X"), lambda: (little(24, 3) + 1) * (little(27, 3) + 1)),
            (is_at(12, b"VP8L"), lambda: (packed % 2**14 + 1) * (packed // 2**14 % 2**14 + 1)),
            (is_at(12, b"VP8 "), lambda: (little(26, 2) % 2**14) * (little(28, 2) % 2**14)),
        ],
        default=lambda: tf.constant(0, tf.int64),
    )

"""The first picture of a GIF file, without a look at the others.

TensorFlow's decoder unpacks every frame before it gives the first, each as large as the frame says it is: 773 kB become
3 GB. So a file of the first frame alone is made, after a look at how large that is. Blocks in front of the frame are
left out: they say which colour is transparent, and what lies below a transparent place shows here.

Source: GIF89a: logical screen descriptor, extension blocks, image descriptor, data sub-blocks.
"""

from __future__ import annotations

import tensorflow as tf

from effnetv2_keras.data.header import MAX_PIXELS

SCREEN, FLAGS_AT, TABLE_AT = 6, 10, 13  # where the screen's size, its flags and the table of colours are
EXTENSION, DESCRIPTOR = 0x21, 0x2C  # how blocks begin
DESCRIPTOR_BYTES, CODE_SIZE_BYTES = 10, 1
LONGEST = 255  # bytes of a sub-block; all but the last of a picture are that long
PADDING = 16  # zeros behind the file, which end every search


def decode_first_frame(data: tf.Tensor) -> tf.Tensor:
    """Decodes the first picture of a GIF; returns (H, W, 3) uint8 of the screen's size, black where the frame is not.

    A file without a picture, or with one of more than 89 million pixels, is an INVALID_ARGUMENT.
    """
    byte = tf.pad(tf.cast(tf.io.decode_raw(data, tf.uint8), tf.int32), [[0, PADDING]])
    table_end = TABLE_AT + _table_bytes(byte[FLAGS_AT])
    (at,) = tf.while_loop(
        lambda at: tf.equal(_at(byte, at), EXTENSION), lambda at: (_behind_blocks(byte, at + 2),), (table_end,)
    )
    left, top, width, height = (_little(byte, at + 1 + 2 * i) for i in range(4))
    wide = tf.maximum(_little(byte, tf.constant(SCREEN)), left + width)
    high = tf.maximum(_little(byte, tf.constant(SCREEN + 2)), top + height)
    pixels = tf.cast(wide, tf.int64) * tf.cast(high, tf.int64)
    with tf.control_dependencies(
        [
            tf.debugging.Assert(tf.equal(_at(byte, at), DESCRIPTOR), ["A GIF must hold a picture. Got none."]),
            tf.debugging.Assert(pixels <= MAX_PIXELS, ["An image may have at most", MAX_PIXELS, "pixels."]),
        ]
    ):
        body = at + DESCRIPTOR_BYTES + _table_bytes(_at(byte, at + 9)) + CODE_SIZE_BYTES
    end = _behind_blocks(byte, body)
    rest = tf.strings.substr(data, at + 5, end - at - 5)
    corner = tf.constant(bytes([DESCRIPTOR]) + b"\0" * 4)  # no way from the left and the top
    alone = tf.strings.join([tf.strings.substr(data, 0, table_end), corner, rest, tf.constant(b";")])
    frame = tf.io.decode_image(alone, channels=3, expand_animations=False)
    return tf.pad(frame, [[top, high - top - height], [left, wide - left - width], [0, 0]])


def _at(byte: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    """Returns the byte at a position, 0 behind the end."""
    return byte[tf.minimum(position, tf.shape(byte)[0] - 1)]


def _little(byte: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    """Returns two bytes as one number, least significant first."""
    return _at(byte, position) + 256 * _at(byte, position + 1)


def _table_bytes(flags: tf.Tensor) -> tf.Tensor:
    """Returns the length of the table of colours that `flags` announce."""
    return tf.where(flags >= 0x80, 3 * tf.bitwise.left_shift(2, flags % 8), 0)


def _behind_blocks(byte: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    """Returns where a row of sub-blocks that begins at `position` ends: each has its length in front, the last none."""
    length = tf.shape(byte)[0]

    def behind_next(position: tf.Tensor) -> tuple[tf.Tensor]:
        is_last = tf.not_equal(byte[position :: LONGEST + 1], LONGEST)  # a run of full blocks is passed at once
        full = tf.where(tf.reduce_any(is_last), tf.argmax(is_last, output_type=tf.int32), tf.size(is_last))
        position = position + full * (LONGEST + 1)
        size = _at(byte, position)
        return (tf.where(size > 0, tf.minimum(position + size + 1, length - 1), tf.minimum(position, length - 1)),)

    (position,) = tf.while_loop(
        lambda position: _at(byte, position) > 0, behind_next, (tf.minimum(position, length - 1),)
    )
    return position + 1

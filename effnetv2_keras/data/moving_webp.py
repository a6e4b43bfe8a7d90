"""Moving WebP files, which TensorFlow 2.21 decodes past the end of its memory.

Frames of an animation have four channels. Where the file's header says that nothing is transparent, room for three is
made and four are written. So the header is made to say that something is.

Source: WebP container specification, VP8X chunk: animation is bit 1 of the flags, alpha bit 4.
"""

from __future__ import annotations

import tensorflow as tf

FLAGS_AT, MOVES, HAS_ALPHA = 20, 0x02, 0x10


def with_room_for_alpha(data: tf.Tensor) -> tf.Tensor:
    """Returns the bytes of a WebP file (scalar string), with the flag for alpha set where it moves."""
    flags = tf.io.decode_raw(tf.strings.substr(data, FLAGS_AT, 1), tf.uint8)[0]
    is_extended = tf.equal(tf.strings.substr(data, 12, 4), b"VP8X")
    moves = is_extended & tf.not_equal(tf.bitwise.bitwise_and(flags, MOVES), 0)

    def patched() -> tf.Tensor:
        every_byte = tf.constant([bytes([value]) for value in range(256)])
        flag = tf.gather(every_byte, tf.cast(tf.bitwise.bitwise_or(flags, HAS_ALPHA), tf.int32))
        rest = tf.strings.substr(data, FLAGS_AT + 1, tf.strings.length(data))
        return tf.strings.join([tf.strings.substr(data, 0, FLAGS_AT), flag, rest])

    return tf.cond(moves, patched, lambda: data)

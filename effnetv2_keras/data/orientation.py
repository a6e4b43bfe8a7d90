"""The EXIF orientation of a photo, read and applied with TensorFlow operations only, so that it exports.

Source: EXIF 2.32, tag 0x0112 (Orientation), in the first image directory of the APP1 segment of a JPEG file.
"""

from __future__ import annotations

import tensorflow as tf

HEAD_BYTES = 1 << 17  # how far into the file the tag is looked for; a segment holds at most 64 KiB
MOST_SEGMENTS = 16
ORIENTATION_TAG = 0x0112
FIRST_APP, APP1, LAST_APP, COMMENT = 0xFFE0, 0xFFE1, 0xFFEF, 0xFFFE  # the segments that come before the tables


def exif_orientation(data: tf.Tensor) -> tf.Tensor:
    """Returns the orientation that an encoded image asks for.

    Args:
        data: scalar string, the bytes of an image file of any format.

    Returns:
        Scalar int32 in 1..8; 1 (upright) for files without the tag and for damaged metadata.
    """
    head = _Bytes(tf.strings.substr(data, 0, tf.minimum(tf.strings.length(data), HEAD_BYTES)))
    is_jpeg = tf.equal(head.big(0, 2), 0xFFD8)
    tiff = tf.cond(is_jpeg, lambda: _find_tiff(head), lambda: tf.constant(-1))
    orientation = tf.cond(tiff >= 0, lambda: _read_tag(head, tiff), lambda: tf.constant(1))
    return tf.where((orientation >= 1) & (orientation <= 8), orientation, 1)


def upright(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turns and mirrors `image` (H, W, C) the way `orientation` (scalar int32, 1..8) asks for.

    Returns:
        (H, W, C), or (W, H, C) where it is turned by a quarter.
    """

    def given(condition: tf.Tensor, turned: tf.Tensor, plain: tf.Tensor) -> tf.Tensor:
        return tf.cond(condition, lambda: turned, lambda: plain)

    def is_one_of(*values: int) -> tf.Tensor:
        return tf.reduce_any(tf.equal(orientation, tf.constant(values)))

    image = tf.cond(orientation >= 5, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    image = tf.cond(is_one_of(2, 3, 6, 7), lambda: tf.reverse(image, [1]), lambda: image)
    return tf.cond(is_one_of(3, 4, 7, 8), lambda: tf.reverse(image, [0]), lambda: image)


class _Bytes:
    """Reads whole numbers out of a string tensor; bytes past its end are zero."""

    def __init__(self, data: tf.Tensor) -> None:
        self.length = tf.strings.length(data)
        self.padded = tf.strings.join([data, tf.constant(b"\0" * 16)])

    def _at(self, position: tf.Tensor, count: int) -> tf.Tensor:
        position = tf.clip_by_value(position, 0, self.length)
        piece = tf.io.decode_raw(tf.strings.substr(self.padded, position, count), tf.uint8)
        return tf.cast(tf.ensure_shape(piece, (count,)), tf.int32)

    def big(self, position: tf.Tensor, count: int) -> tf.Tensor:
        """Returns `count` bytes as one number, most significant first."""
        return tf.reduce_sum(self._at(position, count) * tf.constant([256**i for i in range(count)][::-1]))

    def little(self, position: tf.Tensor, count: int) -> tf.Tensor:
        """Returns `count` bytes as one number, least significant first."""
        return tf.reduce_sum(self._at(position, count) * tf.constant([256**i for i in range(count)]))


def _find_tiff(head: _Bytes) -> tf.Tensor:
    """Returns where the EXIF block's directory header begins, or -1."""

    def goes_on(position: tf.Tensor, found: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
        marker = head.big(position, 2)
        is_segment = ((marker >= FIRST_APP) & (marker <= LAST_APP)) | tf.equal(marker, COMMENT)
        return (found < 0) & (steps < MOST_SEGMENTS) & is_segment & (position + 4 < head.length)

    def next_segment(position: tf.Tensor, found: tf.Tensor, steps: tf.Tensor) -> tuple[tf.Tensor, ...]:
        is_exif = tf.equal(head.big(position, 2), APP1) & tf.equal(
            head.big(position + 4, 3), int.from_bytes(b"Exi", "big")
        )
        found = tf.where(is_exif, position + 10, found)
        return position + 2 + tf.maximum(head.big(position + 2, 2), 2), found, steps + 1

    _, found, _ = tf.while_loop(goes_on, next_segment, (tf.constant(2), tf.constant(-1), tf.constant(0)))
    return found


def _read_tag(head: _Bytes, tiff: tf.Tensor) -> tf.Tensor:
    """Returns the orientation's value from the directory behind `tiff`, or 1."""
    is_little = tf.equal(head.big(tiff, 2), int.from_bytes(b"II", "big"))

    def number(position: tf.Tensor, count: int) -> tf.Tensor:
        return tf.where(is_little, head.little(position, count), head.big(position, count))

    directory = tiff + tf.clip_by_value(number(tiff + 4, 4), 0, HEAD_BYTES)
    entries = tf.minimum(number(directory, 2), 64)

    def goes_on(entry: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
        return (entry < entries) & (value < 0)

    def next_entry(entry: tf.Tensor, value: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        at = directory + 2 + 12 * entry
        is_tag = tf.equal(number(at, 2), ORIENTATION_TAG)
        return entry + 1, tf.where(is_tag, number(at + 8, 2), value)

    _, value = tf.while_loop(goes_on, next_entry, (tf.constant(0), tf.constant(-1)))
    return tf.where(value < 0, 1, value)

"""Decodes the images of a batch, those that can be decoded.

An error in a dataset carries no file name, and `ignore_errors` keeps no count. So each batch is decoded in a dataset of
its own that numbers its images: the numbers that are missing at the end are the damaged ones. A dataset an image
would tell the same and cost a sixth more.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def decode_batch(
    decode: Callable[..., tf.Tensor], columns: tuple[tf.Tensor, ...], image_size: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the images that can be decoded, (M, S, S, 3) uint8, and their rows, (M,) int64, M from 0 to B.

    Args:
        decode: maps one row of `columns` to an image (S, S, 3) uint8.
        columns: tensors of B rows.
        image_size: S, scalar int32.
    """
    count = tf.shape(columns[0], tf.int64)[0]
    rows_of_batch = tf.data.Dataset.range(count)  # slicing inside the map costs half of what a dataset of slices does
    decoded = rows_of_batch.map(lambda row: (row, decode(*(column[row] for column in columns)))).ignore_errors()
    none = tf.data.Dataset.from_tensors((tf.zeros((0,), tf.int64), tf.zeros((0, image_size, image_size, 3), tf.uint8)))
    whole = decoded.batch(count).concatenate(none).take(1)
    rows, images = whole.get_single_element()
    return images, rows

"""Decodes the images of a batch, those that can be decoded.

An error in a dataset carries no file name, and `ignore_errors` keeps no count. So each batch is decoded in a dataset of
its own that numbers its images: the numbers that are missing at the end are the damaged ones. A dataset an image
would tell the same and cost a sixth more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from effnetv2_keras.data.as_written import as_written
from effnetv2_keras.data.determinism import is_deterministic


def decode_batch(
    decode: Callable[..., tf.Tensor], columns: tuple[tf.Tensor, ...], image_size: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the images that can be decoded, (M, S, S, 3) uint8, and their rows, (M,) int64, M from 0 to B.

    Args:
        decode: maps one row of `columns`, and `image_size`, to an image (S, S, 3) uint8.
        columns: tensors of B rows.
        image_size: S, scalar int32.
    """
    if is_deterministic():
        return _decode_one_by_one(decode, columns, image_size)
    count = tf.shape(columns[0], tf.int64)[0]
    rows_of_batch = tf.data.Dataset.range(count)  # slicing inside the map costs half of what a dataset of slices does
    decoded = rows_of_batch.map(
        as_written(lambda row: (row, decode(*(column[row] for column in columns), image_size)))
    ).ignore_errors()
    none = tf.data.Dataset.from_tensors((tf.zeros((0,), tf.int64), tf.zeros((0, image_size, image_size, 3), tf.uint8)))
    whole = decoded.batch(count).concatenate(none).take(1)
    rows, images = whole.get_single_element()
    return images, rows


def _decode_one_by_one(
    decode: Callable[..., tf.Tensor], columns: tuple[tf.Tensor, ...], image_size: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Does the same without a dataset inside: one of those has TensorFlow run the map around it in a single thread.

    That is so only where its operations are to be deterministic, see `make_deterministic`. The images are those of
    `decode_batch`; each costs some calls from Python on top.
    """

    def each(side: np.ndarray, *rows_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images, rows = [], []
        for row, values in enumerate(zip(*rows_of, strict=True)):
            try:
                images.append(decode(*map(tf.constant, (*values, side))).numpy())
            except tf.errors.OpError:
                continue  # the row is missing: whoever asked names the file
            rows.append(row)
        none = np.zeros((0, int(side), int(side), 3), np.uint8)
        return (np.stack(images) if images else none), np.array(rows, np.int64)

    images, rows = tf.numpy_function(each, [image_size, *columns], (tf.uint8, tf.int64), stateful=False)
    return tf.ensure_shape(images, (None, None, None, 3)), tf.ensure_shape(rows, (None,))

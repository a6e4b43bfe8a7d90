"""The batches of validation and evaluation: every photo that can be read once, in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.as_written import as_written
from effnetv2_keras.data.bad_files import BadFileLog, read_or_reason, why_undecoded
from effnetv2_keras.data.labels import label_rows
from effnetv2_keras.data.manifest import BadFile, Split
from effnetv2_keras.data.resize import read_view
from effnetv2_keras.data.survivors import decode_batch


def measuring_batches(split: Split, batch_size: int, image_size: int, view: View, log: BadFileLog) -> tf.data.Dataset:
    """Returns a dataset of (B, S, S, 3) uint8 and labels; the last batch holds what is left.

    Args:
        split: the photos.
        batch_size: photos a batch; of those that cannot be decoded none is in it.
        image_size: S, px.
        view: which part of a photo is seen.
        log: is told of those.
    """
    steps = -(-len(split) // batch_size)
    kind = tf.uint8 if split.is_multilabel else tf.int32
    label_shape = (len(split.class_names),) if split.is_multilabel else ()

    def show(step: Any) -> tuple[np.ndarray, ...]:
        indices = np.arange(step * batch_size, min((step + 1) * batch_size, len(split)))
        files = [read_or_reason(split.full.store, int(index))[0] for index in indices]
        return indices, np.array(files, object), label_rows(split.labels, indices)

    def note(indices: Any, rows: Any) -> np.bool_:
        for index in np.delete(indices, rows).tolist():
            log.note(BadFile(split.locations[index], why_undecoded(split.full.store, index)))
        return np.True_

    @as_written
    def read(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        indices, files, labels = tf.numpy_function(show, [step], (tf.int64, tf.string, kind), stateful=False)
        files = tf.ensure_shape(files, (None,))
        images, rows = decode_batch(
            lambda file, _: read_view(file, image_size, view), (files,), tf.constant(image_size)
        )
        is_noted = tf.cond(
            tf.equal(tf.size(rows), tf.size(files)),
            lambda: tf.constant(True),
            lambda: tf.ensure_shape(tf.numpy_function(note, [indices, rows], tf.bool, stateful=False), ()),
        )
        with tf.control_dependencies([is_noted]):
            labels = tf.gather(tf.ensure_shape(labels, (None, *label_shape)), rows)
        return tf.ensure_shape(images, (None, image_size, image_size, 3)), labels

    return tf.data.Dataset.range(steps).map(read, num_parallel_calls=tf.data.AUTOTUNE)

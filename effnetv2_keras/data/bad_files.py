"""Files whose damage shows only when they are decoded: left out, counted, named."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from effnetv2_keras.data.manifest import BadFile


class BadFileLog:
    """Collects the files that could not be decoded, each once, in the order met."""

    def __init__(self, told: Callable[[BadFile], None] | None = None) -> None:
        self._bad: dict[str, BadFile] = {}
        self._told = told

    def note(self, location: bytes) -> bool:
        """Takes down a file; returns False, so that a pipeline can filter by the answer."""
        name = location.decode()
        if name not in self._bad:
            self._bad[name] = BadFile(name, "cannot be decoded: truncated or damaged")
            if self._told is not None:
                self._told(self._bad[name])
        return False

    @property
    def files(self) -> tuple[BadFile, ...]:
        """The files so far."""
        return tuple(self._bad.values())


def or_skip(
    read: Callable[[tf.Tensor], tf.Tensor], location: tf.Tensor, log: BadFileLog
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns what `read(location)` returns and True, or a stand-in of one pixel and False where it fails.

    An error in a dataset carries no file name, and `ignore_errors` keeps no count; so each element is read in a
    dataset of its own. That costs about one per cent of the reading.
    """
    good = tf.data.Dataset.from_tensors(location).map(lambda name: (read(name), True)).ignore_errors()
    fallback = tf.data.Dataset.from_tensors((tf.zeros((1, 1, 3), tf.uint8), False))
    image, is_good = good.concatenate(fallback).take(1).get_single_element()
    is_good = tf.cond(
        is_good,
        lambda: tf.constant(True),
        lambda: tf.ensure_shape(tf.numpy_function(log.note, [location], tf.bool, stateful=False), ()),
    )
    return image, is_good


def fill_with_good(images: tf.Tensor, labels: tf.Tensor, is_good: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Puts readable photos of the batch in the place of the others, so that the batch stays full."""
    good = tf.where(is_good)[:, 0]
    with tf.control_dependencies([tf.debugging.assert_positive(tf.size(good), "no photo of a batch can be decoded")]):
        chosen = tf.where(is_good, tf.range(tf.size(is_good, tf.int64)), tf.gather(good, _turns(is_good, good)))
    images, labels = tf.gather(images, chosen), tf.gather(labels, chosen)
    return tf.ensure_shape(images, (is_good.shape[0], None, None, 3)), tf.ensure_shape(labels, (is_good.shape[0],))


def keep_good(images: tf.Tensor, labels: tf.Tensor, is_good: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Leaves the other photos out of the batch."""
    return tf.boolean_mask(images, is_good), tf.boolean_mask(labels, is_good)


def _turns(is_good: tf.Tensor, good: tf.Tensor) -> tf.Tensor:
    """Returns a place in `good` for every place of the batch, each good one in its turn."""
    return tf.math.floormod(tf.range(tf.size(is_good)), tf.maximum(tf.size(good), 1))

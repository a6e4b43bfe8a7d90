"""Files whose damage shows only when they are decoded: left out, counted, named."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from effnetv2_keras.data.manifest import BadFile

ATTEMPTS = 16  # photos of the order that are tried for one place
NONE_LEFT = f"{ATTEMPTS} photos in a row cannot be decoded"


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


def first_good(read: Callable[[tf.Tensor], tuple[tf.Tensor, ...]]) -> tuple[tf.Tensor, ...]:
    """Returns what `read(attempt)` returns for the first attempt, 0 upwards, that gives a readable photo.

    Args:
        read: maps an attempt (scalar int64) to image, label and whether the photo could be read.
    """

    def goes_on(attempt: tf.Tensor, image: tf.Tensor, label: tf.Tensor, is_good: tf.Tensor) -> tf.Tensor:
        return ~is_good & (attempt < ATTEMPTS)

    def next_attempt(attempt: tf.Tensor, *_: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return attempt + 1, *read(attempt)

    @tf.function(experimental_attributes={"_noinline": True})  # a branch that is not taken costs time where inlined
    def search() -> tuple[tf.Tensor, ...]:
        begun = (tf.constant(1, tf.int64), image, label, is_good)
        shapes = (tf.TensorShape(()), tf.TensorShape((None, None, 3)), tf.TensorShape(()), tf.TensorShape(()))
        return tuple(tf.while_loop(goes_on, next_attempt, begun, shape_invariants=shapes)[1:])

    image, label, is_good = read(tf.constant(0, tf.int64))
    image, label, is_good = tf.cond(is_good, lambda: (image, label, is_good), search)
    with tf.control_dependencies([tf.debugging.Assert(is_good, [NONE_LEFT])]):
        return tf.identity(image), tf.identity(label)


def keep_good(images: tf.Tensor, labels: tf.Tensor, is_good: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Leaves the other photos out of the batch."""
    return tf.boolean_mask(images, is_good), tf.boolean_mask(labels, is_good)

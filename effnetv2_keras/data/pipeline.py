"""From a split to batches of square uint8 images at the size of the moment, and class numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.schedule import SMALLEST_IMAGE
from effnetv2_keras.data.bad_files import BadFileLog, first_good, keep_good, or_skip
from effnetv2_keras.data.crop import random_window
from effnetv2_keras.data.decode import decode_window, read_square, resize
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.data.orientation import upright
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Feed

if TYPE_CHECKING:
    from effnetv2_keras.layers.knobs import Knobs

CROP_AREA = (0.08, 1.0)  # facts 1.4, the V1 and B0-B3 path
SHUFFLE_STREAM, CROP_STREAM = 1, 2  # keep the draws of one seed apart


def make_dataset(
    split: Split,
    batch_size: int,
    *,
    knobs: Knobs | None = None,
    image_size: int | None = None,
    steps_per_epoch: int | None = None,
    crop_area: tuple[float, float] = CROP_AREA,
    bad_files: BadFileLog | None = None,
) -> tf.data.Dataset:
    """Makes the batches that `fit` and `evaluate` take.

    With `knobs` it is for training: shuffled anew each epoch, a random window of each photo, every batch full (the
    order wraps around at the end). Size, epoch and first step are read from the knobs when an iteration starts; the
    order and the windows are pure functions of (seed, epoch, place), so any place can be reached again. Without
    `knobs` it is for measuring: every whole photo once, in order, at `image_size`.

    Args:
        split: from `open_source`.
        batch_size: images a batch, at least 1.
        knobs: `Classifier.knobs`.
        image_size: side of the square images, px. With `knobs` it may be None where a schedule sets the size.
        steps_per_epoch: batches an epoch with `knobs`; None for as many as show every photo.
        crop_area: smallest and largest share of a photo's area that a training window covers, in (0, 1].
        bad_files: collects files that turn out to be damaged. Measuring leaves them out; in training the next photo
            of the order takes the place, so that every epoch has its number of steps.

    Returns:
        A `tf.data.Dataset` of images (B, size, size, 3) uint8 and labels (B,) int32.

    Raises:
        UsageError: if a setting is out of its range.
    """
    _check(split, batch_size, knobs, image_size, crop_area)
    if steps_per_epoch is not None and steps_per_epoch < 1:
        raise UsageError(f"`steps_per_epoch` must be at least 1. Got: {steps_per_epoch}.")
    log = BadFileLog() if bad_files is None else bad_files
    if knobs is None:
        return _measuring(split, batch_size, int(image_size or 0), log)
    if image_size is not None:
        knobs.image_size = image_size
    steps = steps_per_epoch or -(-len(split) // batch_size)
    knobs.feed = Feed(steps_per_epoch=steps, batch_size=batch_size)
    return _training(split, batch_size, steps, knobs, crop_area, log)


def _training(
    split: Split, batch_size: int, steps: int, knobs: Knobs, crop_area: tuple[float, float], log: BadFileLog
) -> tf.data.Dataset:
    locations, labels = tf.constant(split.locations), tf.constant(split.labels)
    sizes, orientations = tf.constant(split.sizes), tf.constant(split.orientations)

    def read(place: tf.Tensor, now: tf.Tensor) -> tuple[tf.Tensor, ...]:
        image_size, epoch = tf.cast(now[0], tf.int32), now[1]
        window_seed = tf.stack([knobs.seed * 4 + CROP_STREAM, epoch * steps * batch_size + place])

        def attempt(ahead: tf.Tensor) -> tuple[tf.Tensor, ...]:
            index = _shuffled(place + ahead, len(split), knobs.seed, epoch)

            def cut(location: tf.Tensor) -> tf.Tensor:
                window = random_window(sizes[index, 0], sizes[index, 1], crop_area, window_seed)
                part = decode_window(tf.io.read_file(location), window)
                return resize(upright(part, orientations[index]), image_size)

            image, is_good = or_skip(cut, locations[index], log)
            return image, labels[index], is_good

        return first_good(attempt)

    places = _places(knobs, steps * batch_size, batch_size)
    batches = places.map(read, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size, drop_remainder=True)
    return batches.prefetch(tf.data.AUTOTUNE)


def _places(knobs: Knobs, count: int, batch_size: int) -> tf.data.Dataset:
    """Counts places in the epoch's order, with what the knobs said when the iteration began."""

    def look() -> np.ndarray:
        if knobs.image_size is None:
            raise UsageError("`image_size` is not set: give it to make_dataset, or train with a ProgressiveCallback.")
        return np.array([knobs.image_size, knobs.epoch, knobs.start_step], np.int64)

    def place(then: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
        now = tf.cond(tf.equal(number, 0), lambda: tf.numpy_function(look, [], tf.int64), lambda: then)
        now = tf.ensure_shape(now, (3,))
        return now, (now[2] * batch_size + number, now)

    return tf.data.Dataset.range(count).scan(tf.zeros(3, tf.int64), place)


def _measuring(split: Split, batch_size: int, image_size: int, log: BadFileLog) -> tf.data.Dataset:
    def read(location: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, ...]:
        image, is_good = or_skip(lambda name: read_square(tf.io.read_file(name), image_size), location, log)
        image = tf.cond(is_good, lambda: image, lambda: tf.zeros((image_size, image_size, 3), tf.uint8))
        return tf.ensure_shape(image, (image_size, image_size, 3)), label, is_good

    photos = tf.data.Dataset.from_tensor_slices((list(split.locations), split.labels))
    batches = photos.map(read, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size)
    return batches.map(keep_good).prefetch(tf.data.AUTOTUNE)


def _shuffled(place: tf.Tensor, count: int, seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """Returns the index at `place` of the epoch's order; places past the end begin the order again."""
    key = tf.cast(tf.stack([seed * 4 + SHUFFLE_STREAM, epoch]), tf.int32)
    return tf.random.experimental.index_shuffle(place % count, seed=key, max_index=tf.constant(count - 1, tf.int64))


def _check(
    split: Split, batch_size: int, knobs: Knobs | None, image_size: int | None, crop_area: tuple[float, float]
) -> None:
    if len(split) == 0:
        raise UsageError(f"The {split.name} split must hold at least one image. Got: 0.")
    if batch_size < 1:
        raise UsageError(f"`batch_size` must be at least 1. Got: {batch_size}.")
    if image_size is None and knobs is None:
        raise UsageError("`image_size` must be given where no `knobs` set it. Got: None.")
    if image_size is not None and image_size < SMALLEST_IMAGE:
        raise UsageError(f"`image_size` must be at least {SMALLEST_IMAGE} px. Got: {image_size}.")
    if not 0.0 < crop_area[0] <= crop_area[1] <= 1.0:
        raise UsageError(f"`crop_area` must be two shares of the area, 0 < first <= last <= 1. Got: {crop_area}.")

"""From a split to batches of square uint8 images at the size of the moment, and their labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import tensorflow as tf

from effnetv2_keras.configs.preprocessing import DEFAULT, Preprocessing, get_preprocessing
from effnetv2_keras.configs.rules import SMALLEST_IMAGE
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.data.determinism import is_deterministic
from effnetv2_keras.data.feed_measuring import measuring_batches
from effnetv2_keras.data.feed_training import training_batches
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.data.plan import Plan
from effnetv2_keras.data.stores.cache import Cache, cached
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Feed

if TYPE_CHECKING:
    from effnetv2_keras.layers.knobs import Knobs


def make_dataset(
    split: Split,
    batch_size: int | Sequence[int],
    *,
    knobs: Knobs | None = None,
    image_size: int | None = None,
    steps_per_epoch: int | None = None,
    preprocessing: str | Preprocessing = DEFAULT,
    crop_area: tuple[float, float] | None = None,
    cache: Cache | None = None,
    deterministic: bool = True,
    bad_files: BadFileLog | None = None,
) -> tf.data.Dataset:
    """Makes the batches that `fit` and `evaluate` take.

    With `knobs` it is for training: shuffled anew each epoch, a random window of each photo, every batch full (the
    order wraps around at the end). Size, epoch, first step and worker are read from the knobs when an iteration
    starts; the order and the windows are pure functions of (seed, epoch, step), so any step can be reached again.
    Without `knobs` it is for measuring: every photo once, in order, at `image_size`.

    Args:
        split: from `open_source`.
        batch_size: images a batch (and worker), at least 1. With `knobs` it may be several, `schedule.batch_sizes`,
            for a schedule that turns it. The dataset has as many batches as the smallest size needs, and an epoch of
            `Classifier.fit` ends when it has shown as many photos.
        knobs: `Classifier.knobs`.
        image_size: side of the square images, px, at least 32. With `knobs` it may be None where a schedule sets it.
        steps_per_epoch: batches an epoch with `knobs`, of the first size, at least 1; None for as many as show every
            photo.
        preprocessing: "photos", "v1", "v2", "finetune" or a `Preprocessing`: which window training sees, and which
            part of a photo measuring sees.
        crop_area: smallest and largest share of a photo's area that a training window covers, in (0, 1], with `knobs`;
            None is the preprocessing's.
        cache: "ram" or "disk" keeps encoded photos where they are read faster the second time.
        deterministic: False gives batches as they get ready, which may be in another order.
        bad_files: collects files that turn out to be damaged. Measuring leaves them out; in training the next photo
            of the order takes the place, so that every epoch has its number of steps.

    Returns:
        A `tf.data.Dataset` of images (B, size, size, 3) uint8 and labels (B,) int32, or (B, K) uint8 where images
        show several classes.

    Raises:
        UsageError: if a setting is out of its range or unknown, one is missing that no knobs set, one is given that
            only training has, or `split` is empty.

    Source: the rows of `PREPROCESSING` (facts 1.4) for the windows and the views.
    """
    sizes = (batch_size,) if isinstance(batch_size, int) else tuple(batch_size)
    _check(split, sizes, knobs, image_size, steps_per_epoch)
    look = get_preprocessing(preprocessing)
    crop = look.crop if crop_area is None else replace(look.crop, area=crop_area)
    if knobs is None:
        _check_measuring(crop_area=crop_area, steps_per_epoch=steps_per_epoch)
    log = BadFileLog() if bad_files is None else bad_files
    if cache is not None:
        split = _nearer(split, cache)
    if knobs is None:
        batches = measuring_batches(split, sizes[0], int(image_size or 0), look.view, log)
    else:
        if image_size is not None:
            knobs.image_size = image_size
        share = -(-len(split) // knobs.num_workers)
        knobs.feed = Feed(share if steps_per_epoch is None else steps_per_epoch * sizes[0], sizes)
        batches = training_batches(Plan(split, crop, knobs.seed, log), knobs.feed, knobs)
    options = tf.data.Options()
    options.deterministic = deterministic
    if is_deterministic():  # threads of its own: those that wait for a decoder must not be the decoder's
        options.threading.private_threadpool_size = max(os.cpu_count() or 1, 2)
    return batches.with_options(options).prefetch(tf.data.AUTOTUNE)


def _nearer(split: Split, cache: Cache) -> Split:
    levels = [
        replace(level, store=cached(level.store, cache, [f"{level.side}", *split.locations]))
        for level in split.levels()
    ]
    return replace(split, full=levels[0], shrunk=tuple(levels[1:]))


def _check(
    split: Split, sizes: tuple[int, ...], knobs: Knobs | None, image_size: int | None, steps_per_epoch: int | None
) -> None:
    if len(split) == 0:
        raise UsageError(f"The {split.name} split must hold at least one image. Got: 0.")
    if not sizes or min(sizes) < 1:
        raise UsageError(f"`batch_size` must be at least 1. Got: {', '.join(map(str, sizes)) or 'none'}.")
    if knobs is None and len(sizes) > 1:
        raise UsageError(f"`batch_size` must be one number where no `knobs` choose. Got: {len(sizes)}.")
    if image_size is None and knobs is None:
        raise UsageError("`image_size` must be given where no `knobs` set it. Got: None.")
    if image_size is not None and image_size < SMALLEST_IMAGE:
        raise UsageError(f"`image_size` must be at least {SMALLEST_IMAGE} px. Got: {image_size}.")
    if steps_per_epoch is not None and steps_per_epoch < 1:
        raise UsageError(f"`steps_per_epoch` must be at least 1. Got: {steps_per_epoch}.")


def _check_measuring(**of_training: object) -> None:
    """Refuses what would change nothing where no `knobs` are given."""
    for name, value in of_training.items():
        if value is not None:
            raise UsageError(f"`{name}` must be None without `knobs`: only training has it. Got: {value}.")

"""The batches of training: planned in NumPy, decoded in TensorFlow, with a stand-in for each damaged photo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.data.as_written import as_written
from effnetv2_keras.data.decode import decode_window
from effnetv2_keras.data.header import JPEG_FORMATS
from effnetv2_keras.data.orientation import upright
from effnetv2_keras.data.plan import Moment, Plan, Shown
from effnetv2_keras.data.resize import resize_window
from effnetv2_keras.data.survivors import decode_batch
from effnetv2_keras.errors import UsageError

if TYPE_CHECKING:
    from effnetv2_keras.layers.knobs import Feed, Knobs

MOMENT = len(Moment._fields)


def training_batches(plan: Plan, feed: Feed, knobs: Knobs) -> tf.data.Dataset:
    """Returns a dataset of the batches of an epoch; what the knobs say is read when an iteration starts.

    Returns:
        Images (B, S, S, 3) uint8 and labels (B,) int32 or (B, K) uint8 a batch.
    """
    reader = _WindowReader(plan, feed.batch_sizes[0] if len(feed.batch_sizes) == 1 else None)
    moments = _moments(knobs, feed)
    planned = moments.map(as_written(reader.plan), num_parallel_calls=tf.data.AUTOTUNE)
    return planned.map(as_written(reader.decode), num_parallel_calls=tf.data.AUTOTUNE)


def _moments(knobs: Knobs, feed: Feed) -> tf.data.Dataset:
    """Counts the steps of an epoch, with what the knobs said when the iteration began."""

    def look(number: Any) -> np.ndarray:
        if knobs.image_size is None:
            raise UsageError("`image_size` is not set: give it to make_dataset, or train with a ProgressiveCallback.")
        size = feed.size_at(knobs.batch_size)
        return np.array(
            Moment(knobs.image_size, knobs.epoch, knobs.start_step, knobs.worker, knobs.num_workers, size), np.int64
        )

    @as_written
    def moment(then: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # said to be stateless, or no map after this could run in parallel where operations are to be deterministic
        def begin() -> tf.Tensor:
            return tf.numpy_function(look, [number], tf.int64, stateful=False)

        now = tf.cond(tf.equal(number, 0), begin, lambda: then)
        now = tf.ensure_shape(now, (MOMENT,))
        return now, now + number * tf.one_hot(Moment._fields.index("step"), MOMENT, dtype=tf.int64)

    return tf.data.Dataset.range(max(map(feed.steps_at, feed.batch_sizes))).scan(tf.zeros(MOMENT, tf.int64), moment)


class _WindowReader:
    """Plans and decodes one batch; what the manifest rules out for the whole split is not asked for each photo.

    Args:
        plan: what each step shows.
        batch_size: of every batch; None where it changes from epoch to epoch.
    """

    def __init__(self, plan: Plan, batch_size: int | None) -> None:
        self.source = plan
        self.batch_size = batch_size
        levels = list(plan.split.levels())
        self._is_always_jpeg = all(np.isin(level.formats, JPEG_FORMATS).all() for level in levels)
        self._is_always_upright = all((level.orientations == 1).all() for level in levels)
        self._labels = tf.uint8 if plan.split.is_multilabel else tf.int32
        self._label_shape = (len(plan.split.class_names),) if plan.split.is_multilabel else ()

    def plan(self, moment: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Maps a moment to what it shows, with the moment in front."""

        def show(moment: np.ndarray) -> tuple[np.ndarray, ...]:
            return tuple(self.source.batch(Moment(*map(int, moment))))

        kinds = (tf.int64, tf.string, tf.int32, tf.bool, tf.int32, self._labels)
        indices, files, windows, is_halved, orientations, labels = tf.numpy_function(
            show, [moment], kinds, stateful=False
        )
        count = self.batch_size
        return (
            moment,
            tf.ensure_shape(indices, (count,)),
            tf.ensure_shape(files, (count,)),
            tf.ensure_shape(windows, (count, 4)),
            tf.ensure_shape(is_halved, (count,)),
            tf.ensure_shape(orientations, (count,)),
            tf.ensure_shape(labels, (count, *self._label_shape)),
        )

    def decode(
        self,
        moment: tf.Tensor,
        indices: tf.Tensor,
        files: tf.Tensor,
        windows: tf.Tensor,
        is_halved: tf.Tensor,
        orientations: tf.Tensor,
        labels: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Maps what a moment shows to images (B, S, S, 3) uint8 and labels."""
        size = tf.cast(moment[Moment._fields.index("image_size")], tf.int32)

        def window_of(
            file: tf.Tensor, window: tf.Tensor, halved: tf.Tensor, orientation: tf.Tensor, size: tf.Tensor
        ) -> tf.Tensor:
            data = tf.io.read_file(file) if self.source.reads_paths else file
            part = decode_window(data, window, halved, is_always_jpeg=self._is_always_jpeg)
            if not self._is_always_upright:
                part = tf.cond(tf.equal(orientation, 1), lambda: part, lambda: upright(part, orientation))
            return resize_window(part, size)

        images, rows = decode_batch(window_of, (files, windows, is_halved, orientations), size)

        def complete() -> tuple[tf.Tensor, tf.Tensor]:
            repaired = tf.numpy_function(
                self._complete, [moment, indices, images, rows, labels], (tf.uint8, self._labels), stateful=False
            )
            return repaired[0], repaired[1]

        images, labels = tf.cond(tf.equal(tf.size(rows), tf.size(indices)), lambda: (images, labels), complete)
        count = self.batch_size
        return tf.ensure_shape(images, (count, None, None, 3)), tf.ensure_shape(labels, (count, *self._label_shape))

    def _complete(self, moment: Any, indices: Any, images: Any, rows: Any, labels: Any) -> tuple[np.ndarray, ...]:
        """Puts the next good photo of the order into each row that is missing."""
        now = Moment(*map(int, moment))
        whole = np.zeros((now.batch_size, now.image_size, now.image_size, 3), np.uint8)
        whole[rows] = images
        labels = np.array(labels)
        for row in sorted(set(range(len(whole))) - set(rows.tolist())):
            index = int(indices[row])
            while True:
                shown = self.source.replace(now, row, index)
                try:
                    whole[row] = self._decode_one(shown, now.image_size)
                    break
                except tf.errors.OpError:
                    index = int(shown.indices[0])
            labels[row] = shown.labels[0]
        return whole, labels

    def _decode_one(self, shown: Shown, image_size: int) -> np.ndarray:
        file = tf.constant(shown.files[0])
        data = tf.io.read_file(file) if self.source.reads_paths else file
        part = decode_window(data, tf.constant(shown.windows[0]), tf.constant(shown.is_halved[0]))
        return resize_window(upright(part, tf.constant(shown.orientations[0])), tf.constant(image_size)).numpy()

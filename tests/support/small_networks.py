"""Small things to train, and layers that write down what a compiled step saw."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from effnetv2_keras.layers.adjustable_dropout import AdjustableDropout
from effnetv2_keras.layers.stochastic_depth import StochasticDepth


class Probe(keras.layers.Layer):
    """Records, step by step and inside the compiled step, the image side and the fractions that were dropped."""

    def __init__(self, slots=64, **kwargs):
        super().__init__(**kwargs)
        self.seen = self.add_weight(
            shape=(slots, 3), initializer="zeros", trainable=False, dtype="float32", name="seen"
        )
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, dtype="int32", name="count")
        self.dropout = AdjustableDropout(0.5, seed=1)
        self.depth = StochasticDepth(0.5, position=1.0, seed=2)

    def call(self, images, training=False):
        if not training:
            return images
        ones = ops.ones((64, 64), dtype="float32")
        row = ops.stack(
            [
                ops.cast(ops.shape(images)[1], "float32"),
                ops.mean(ops.cast(ops.equal(self.dropout(ones, training=True), 0.0), "float32")),
                ops.mean(ops.cast(ops.equal(self.depth(ops.ones((2048, 1)), training=True), 0.0), "float32")),
            ]
        )
        seen, count = ops.convert_to_tensor(self.seen), ops.convert_to_tensor(self.count)
        is_now = ops.expand_dims(ops.arange(self.seen.shape[0]) == count, 1)
        self.seen.assign(ops.where(is_now, ops.expand_dims(row, 0), seen))
        self.count.assign(self.count + 1)
        return images


def probe_network(num_classes=3):
    images = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 128, -1)(Probe(name="probe")(images))
    x = keras.layers.Conv2D(4, 3, strides=4)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, keras.layers.Dense(num_classes)(x), name="probed")


def plain_network(num_classes=3, dropout=0.2, activation=None, side=None):
    images = keras.Input((side, side, 3))
    x = keras.layers.Rescaling(1 / 128, -1)(images)
    x = keras.layers.Conv2D(4, 3, strides=4)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(images, keras.layers.Dense(num_classes, activation=activation)(x), name="plain")


def at_the_knobs_size(knobs, batches=3, batch_size=4, num_classes=3, of=None, is_cached=False):
    """A dataset of noise that follows `knobs` the way make_dataset's does, or those of `of`."""
    followed = knobs if of is None else of
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batches * batch_size, 64, 64, 3)).astype("uint8")
    labels = rng.integers(0, num_classes, batches * batch_size).astype("int32")

    def resized(x, y):
        side = tf.ensure_shape(tf.numpy_function(lambda: np.int32(followed.image_size), [], tf.int32), ())
        x = tf.cast(tf.image.resize(x, (side, side)), tf.uint8)
        return tf.ensure_shape(x, (batch_size, None, None, 3)), y

    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(batch_size, drop_remainder=True)
    return (dataset.cache() if is_cached else dataset).map(resized)

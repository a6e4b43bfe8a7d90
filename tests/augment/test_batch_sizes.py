import numpy as np
import tensorflow as tf
from keras import ops

from effnetv2_keras.augment.batch_sizes import with_known_size
from effnetv2_keras.augment.pipeline import Augmentation

SPEC = (tf.TensorSpec((None, None, None, 3), tf.uint8), tf.TensorSpec((None, 2), tf.float32))


def batch(count):
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, 32, 32, 3)).astype("uint8"), np.eye(2, dtype="float32")[np.arange(count) % 2]


def test_each_size_is_augmented_as_a_batch_of_that_size_is():
    augmentation = Augmentation(horizontal_flip=True, num_layers=1)

    def augment(images, labels):
        return augmentation(images, labels, magnitude=10.0, mixup=0.2, cutmix=0.0, seed=3)

    traced = []

    def of_any_size(images, labels):
        traced.append(images.shape)
        return with_known_size(augment, images, labels, (8, 4, 6))

    step = tf.function(of_any_size, autograph=False, input_signature=SPEC)
    for count in (8, 4, 6):
        images, labels = step(*batch(count))
        known = tf.function(augment, autograph=False)(*map(ops.convert_to_tensor, batch(count)))
        assert images.shape == (count, 32, 32, 3)
        np.testing.assert_allclose(images, known[0], atol=1e-3)
        np.testing.assert_allclose(labels, known[1], atol=1e-6)
    assert len(traced) == 1

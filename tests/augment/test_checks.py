import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.augment.checks import check_images, check_labels, check_strengths
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.errors import UsageError


def test_integer_labels_are_told_how_to_become_rows():
    with pytest.raises(UsageError, match=r"float rows \(B, K\).*one_hot.*Got: int64 \(4,\)"):
        check_labels(tf.constant([0, 1, 2, 3], tf.int64), 4)


def test_labels_of_another_batch_are_refused():
    with pytest.raises(UsageError, match=r"with B = 4.*Got: float32 \(3, 5\)"):
        check_labels(tf.zeros((3, 5)), 4)


@pytest.mark.parametrize("shape", [(4, 60, 52, 1), (4, 60, 52, 4), (60, 52, 3)])
def test_anything_but_batches_of_colour_images_is_refused(shape):
    with pytest.raises(UsageError, match=r"`images` must be \(B, H, W, 3\)"):
        check_images(tf.zeros(shape))


def test_a_batch_of_unknown_size_is_told_what_to_do():
    spec = [tf.TensorSpec((None, 8, 8, 3)), tf.TensorSpec((None, 5))]
    strengths = {"magnitude": 1.0, "mixup": 0.0, "cutmix": 0.0}
    traced = tf.function(lambda x, y: Augmentation()(x, y, **strengths, seed=StepSeed(0, 0)), autograph=False)
    with pytest.raises(UsageError, match="drop_remainder=True"):
        traced.get_concrete_function(*spec)


@pytest.mark.parametrize(
    ("strengths", "message"),
    [
        ((31.0, 0.0, 0.0), "`magnitude` must be between 0 and 30. Got: 31.0"),
        ((-1, 0.0, 0.0), "`magnitude` must be between 0 and 30. Got: -1"),
        ((np.float32(5), -0.1, 0.0), "`mixup` must be between 0 and inf. Got: -0.1"),
        ((5.0, 0.1, -2.0), "`cutmix` must be between 0 and inf. Got: -2.0"),
    ],
)
def test_plain_numbers_out_of_range_are_refused(strengths, message):
    with pytest.raises(UsageError) as error:
        check_strengths(*strengths)
    assert message in str(error.value)


def test_tensors_are_let_through():
    check_strengths(tf.constant(99.0), tf.constant(-1.0), tf.constant(0.0))

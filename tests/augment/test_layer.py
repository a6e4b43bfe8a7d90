import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.augment.layer import Augment
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.errors import UsageError


def batches(photos, rows):
    return tf.data.Dataset.from_tensor_slices((photos, rows(4))).repeat(2).batch(4, drop_remainder=True)


def test_a_dataset_maps_it(photos, rows):
    first, second = batches(photos, rows).map(Augment(mixup=0.2))
    assert first[0].dtype == tf.float32
    assert np.abs(first[0] - second[0]).mean() > 1  # the step was counted
    np.testing.assert_allclose(np.sum(second[1], axis=1), 1, atol=1e-6)


def test_given_steps_repeat_their_draws(photos, rows):
    layer = Augment(mixup=0.2, seed=4)
    numbered = batches(photos, rows).enumerate()
    runs = [list(numbered.map(lambda step, batch: layer(*batch, step=step), num_parallel_calls=2)) for _ in range(2)]
    np.testing.assert_array_equal(runs[0][1][0], runs[1][1][0])
    np.testing.assert_array_equal(runs[0][1][1], runs[1][1][1])


def test_its_strength_turns_without_a_new_trace(photos):
    layer = Augment(Augmentation(horizontal_flip=False), magnitude=0.0)
    traced = tf.function(lambda images: layer(images), autograph=False)
    np.testing.assert_array_equal(traced(tf.constant(photos)), photos)
    layer.magnitude.assign(10.0)
    assert np.abs(traced(tf.constant(photos)) - photos).mean() > 1
    assert traced.experimental_get_tracing_count() == 1


def test_dictionaries_go_in_and_out(photos, rows):
    result = Augment()({"images": photos, "labels": rows(4)})
    assert set(result) == {"images", "labels"}
    assert result["images"].shape == photos.shape


def test_it_rests_outside_training(photos, rows):
    np.testing.assert_array_equal(Augment()(photos, training=False), photos)


def test_mixed_precision_leaves_pixels_whole(photos):
    layer = Augment(Augmentation(horizontal_flip=False), magnitude=0.0, dtype="mixed_bfloat16")
    floats = photos.astype("float32") + 0.123
    np.testing.assert_array_equal(layer(floats), floats)


def test_it_is_built_again_from_its_configuration(photos, rows):
    layer = Augment(Augmentation(num_layers=3, operations=("Rotate", "Invert")), magnitude=7.5, cutmix=0.5, seed=3)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.augmentation == layer.augmentation
    np.testing.assert_array_equal(again(photos, rows(4), step=1)[0], layer(photos, rows(4), step=1)[0])


def test_layers_of_keras_come_along():
    layer = Augment(Augmentation(layers=(keras.layers.RandomErasing(0.5, seed=1),)))
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    [erasing] = again.augmentation.layers
    assert (type(erasing), erasing.factor, erasing.seed) == (keras.layers.RandomErasing, (0, 0.5), 1)


@pytest.mark.parametrize(
    ("strengths", "message"),
    [
        ({"magnitude": 31}, "`magnitude` must be between 0 and 30. Got: 31."),
        ({"magnitude": float("nan")}, "`magnitude` must be between 0 and 30. Got: nan."),
        ({"mixup": -0.2}, "`mixup` must be between 0 and inf. Got: -0.2."),
    ],
)
def test_strengths_out_of_range_are_refused(strengths, message):
    with pytest.raises(UsageError, match=message):
        Augment(**strengths)


def test_images_without_the_labels_to_mix_are_refused(photos):
    with pytest.raises(UsageError, match="`labels` must come with the images where MixUp or CutMix is on. Got: None."):
        Augment(cutmix=0.5)(photos)


@pytest.mark.parametrize(
    ("shape", "labels", "message"),
    [
        ((4, 8, 8, 1), np.eye(4, dtype="float32"), r"repeat the channel of grey images. Got: \(4, 8, 8, 1\)"),
        ((4, 8, 8, 3), np.arange(4), r"`keras.ops.one_hot` turns integer labels into rows. Got: int(32|64) \(4,\)"),
        ((4, 8, 8, 3), np.eye(5, dtype="float32"), r"with B = 4.*Got: float32 \(5, 5\)"),
    ],
)
def test_batches_that_cannot_be_augmented_are_refused_inside_a_dataset_too(shape, labels, message):
    batch = tf.data.Dataset.from_tensors((np.zeros(shape, "uint8"), labels))
    with pytest.raises(UsageError, match=message):
        batch.map(Augment(mixup=0.2))

import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.errors import UsageError

SPECS = [
    tf.TensorSpec((4, None, None, 3), tf.uint8),
    tf.TensorSpec((4, 5)),
    tf.TensorSpec((), tf.int64),
    *[tf.TensorSpec(())] * 3,
]
EVERYTHING = {"cutout": 0.3, "erasing_rate": 0.5}


def step_function(augment):
    def run(images, labels, step, magnitude, mixup, cutmix):
        seed = StepSeed(7, step)
        return augment(images, labels, magnitude=magnitude, mixup=mixup, cutmix=cutmix, seed=seed)

    return run


def inputs(photos, labels, step, *strengths):
    return (
        tf.constant(photos),
        tf.constant(labels),
        tf.constant(step, tf.int64),
        *(tf.constant(strength, tf.float32) for strength in strengths),
    )


@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize(
    "augment",
    [Augmentation(), Augmentation(mode="released"), Augmentation(policy="autoaugment", **EVERYTHING)],
    ids=["adaptive", "released", "autoaugment"],
)
def test_one_trace_serves_all_sizes_and_strengths_with_the_eager_draws(photos, rows, augment, compiled):
    function = step_function(augment)
    traced = tf.function(function, input_signature=SPECS, jit_compile=compiled, autograph=False)
    for step, (height, strengths) in enumerate([(60, (9.5, 0.2, 0.0)), (60, (0.0, 0.0, 0.0)), (41, (15.0, 0.3, 0.7))]):
        batch = inputs(photos[:, :height], rows(4), step, *strengths)
        for got, expected in zip(traced(*batch), function(*batch), strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-4)
    assert traced.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("mode", ["adaptive", "released"])
def test_a_batch_with_every_operation_is_the_same_in_every_world(world, photos, rows, mode):
    images = np.concatenate([photos[:, :, ::step] for step in (1, -1)] * 4)  # 32: each operation twice a layer
    function = step_function(Augmentation(mode=mode, **EVERYTHING))
    batch = inputs(images, rows(32), 11, 11.5, 0.3, 0.6)
    changed, labels = world(function)(*batch)
    expected, expected_labels = function(*batch)
    np.testing.assert_allclose(labels, expected_labels, atol=1e-5)
    assert np.abs(changed - expected).max() <= 1.0


def test_draws_inside_tf_data_are_the_eager_ones(photos, rows):
    function = step_function(Augmentation())
    batch = inputs(photos, rows(4), 3, 9.0, 0.2, 0.4)
    images, labels = next(iter(tf.data.Dataset.from_tensors(batch).map(function)))
    expected, expected_labels = function(*batch)
    np.testing.assert_allclose(images, expected, atol=1e-4)
    np.testing.assert_allclose(labels, expected_labels, atol=1e-5)


def call(augment, images, labels, **strengths):
    return augment(
        images, labels, **{"magnitude": 0.0, "mixup": 0.0, "cutmix": 0.0, "seed": StepSeed(0, 1), **strengths}
    )


def test_everything_off_changes_nothing(photos, rows):
    images, labels = call(Augmentation(horizontal_flip=False), photos, rows(4))
    assert images.dtype == tf.float32
    np.testing.assert_array_equal(images, photos)
    np.testing.assert_array_equal(labels, rows(4))


def test_magnitude_0_keeps_the_fractions_of_float_images(rows):
    images = np.random.default_rng(0).uniform(0, 255, (4, 9, 9, 3)).astype("float32")
    np.testing.assert_array_equal(call(Augmentation(horizontal_flip=False), images, rows(4))[0], images)


def test_uint8_and_float_images_give_the_same(photos, rows):
    for augment in (Augmentation(), Augmentation(policy="autoaugment")):
        whole = call(augment, photos, rows(4), magnitude=11.0, mixup=0.2)
        floats = call(augment, photos.astype("float32"), rows(4), magnitude=11.0, mixup=0.2)
        np.testing.assert_array_equal(whole[0], floats[0])


def test_another_step_gives_another_draw(photos, rows):
    augment = Augmentation()
    first, second = (call(augment, photos, rows(4), magnitude=9.0, seed=StepSeed(0, step))[0] for step in (1, 2))
    assert np.abs(first - second).mean() > 1


def test_levels_stay_in_range_and_label_rows_sum_to_1(rows):
    images = np.random.default_rng(1).integers(0, 256, (32, 24, 24, 3)).astype("uint8")
    for step in range(8):
        changed, labels = call(
            Augmentation(**EVERYTHING), images, rows(32), magnitude=25.0, mixup=0.5, cutmix=1.0, seed=StepSeed(0, step)
        )
        assert np.min(changed) >= 0
        assert np.max(changed) <= 255
        np.testing.assert_allclose(np.sum(labels, axis=1), 1, atol=1e-6)


def test_about_half_of_the_images_are_mirrored(rows):
    images = np.random.default_rng(1).integers(0, 256, (32, 6, 6, 3)).astype("uint8")
    changed = np.concatenate([call(Augmentation(), images, rows(32), seed=StepSeed(0, step))[0] for step in range(10)])
    mirrored = (changed != np.tile(images, (10, 1, 1, 1))).any(axis=(1, 2, 3)).mean()
    assert 0.4 < mirrored < 0.6


@pytest.mark.parametrize("count", [1, 2, 5, 17])
@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (16, 16)])
def test_any_batch_and_image_size_works(rows, count, shape):
    images = np.random.default_rng(1).integers(0, 256, (count, *shape, 3)).astype("uint8")
    for policy in ("randaugment", "autoaugment"):
        augment = Augmentation(policy=policy, **EVERYTHING)
        changed, labels = call(augment, images, rows(count), magnitude=15.0, mixup=0.5, cutmix=1.0)
        assert changed.shape == images.shape
        assert labels.shape == (count, 5)
        assert np.isfinite(changed).all()


def test_a_subset_of_operations_is_all_that_is_used(photos, rows):
    augment = Augmentation(horizontal_flip=False, num_layers=1, operations=("Invert",))
    np.testing.assert_array_equal(call(augment, photos, rows(4), magnitude=1.0)[0], 255 - photos)


def test_no_layers_is_no_randaugment(photos, rows):
    augment = Augmentation(horizontal_flip=False, num_layers=0)
    np.testing.assert_array_equal(call(augment, photos, rows(4), magnitude=10.0)[0], photos)


def test_a_keras_layer_slots_in(photos, rows):
    erase = keras.layers.RandomErasing(factor=(1.0, 1.0), fill_value=0.0, seed=1)
    augment = Augmentation(horizontal_flip=False, layers=(erase,))
    changed, labels = call(augment, np.maximum(photos, 1), rows(4))
    assert (np.min(changed, axis=(1, 2, 3)) == 0).all()
    np.testing.assert_array_equal(labels, rows(4))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"policy": "autoaugmnt"}, "Unknown policy: 'autoaugmnt'. Nearest: autoaugment"),
        ({"mode": "release"}, "Unknown mode: 'release'. Nearest: released"),
        ({"num_layers": -1}, "`num_layers` must be between 0 and 16. Got: -1"),
        ({"cutmix_share": 1.5}, "`cutmix_share` must be between 0 and 1. Got: 1.5"),
        ({"erasing_rate": -0.1}, "`erasing_rate` must be between 0 and 1"),
    ],
)
def test_wrong_settings_are_told(settings, message):
    with pytest.raises(UsageError, match=message):
        Augmentation(**settings)

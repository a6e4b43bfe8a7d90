import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import PREPROCESSING, Crop
from effnetv2_keras.data.crop import draw_windows

V1, V2 = PREPROCESSING["v1"].crop, PREPROCESSING["v2"].crop


def windows(height, width, crop, count, seed=0):
    """Draws (count, 4) windows."""
    uniforms = np.random.default_rng(seed).random((count, crop.tries, 4))
    return draw_windows(np.tile([height, width], (count, 1)), crop, uniforms)


@pytest.mark.parametrize("sides", [(1, 1), (1, 50), (50, 1), (3, 2), (32, 32), (20, 400), (400, 20), (375, 500)])
@pytest.mark.parametrize("name", PREPROCESSING)
def test_the_window_lies_inside_and_is_not_empty(sides, name):
    top, left, height, width = windows(*sides, PREPROCESSING[name].crop, 200).T
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (height >= 1).all()
    assert (width >= 1).all()
    assert (top + height <= sides[0]).all()
    assert (left + width <= sides[1]).all()


def test_the_same_numbers_draw_the_same_windows_and_others_draw_others():
    first, again = windows(300, 400, V1, 20), windows(300, 400, V1, 20)
    np.testing.assert_array_equal(first, again)
    assert (windows(300, 400, V1, 20, seed=1) != first).any()
    assert len(np.unique(first, axis=0)) == 20


def test_a_window_depends_on_its_own_photo_and_numbers_only():
    uniforms = np.random.default_rng(0).random((8, V1.tries, 4))
    sizes = np.array([[100 + 30 * i, 300 - 20 * i] for i in range(8)])
    together = draw_windows(sizes, V1, uniforms)
    alone = [draw_windows(sizes[i : i + 1], V1, uniforms[i : i + 1])[0] for i in range(8)]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("crop", [V1, V2], ids=["v1", "v2"])
@pytest.mark.parametrize("sides", [(375, 500), (600, 600), (500, 200)])
def test_windows_are_spread_as_those_of_the_released_operation(crop, sides):
    height, width = sides
    _, _, high, wide = windows(height, width, crop, 6000).T

    def released(seed):
        begin, size, _ = tf.image.stateless_sample_distorted_bounding_box(
            [height, width, 3],
            [[[0.0, 0.0, 1.0, 1.0]]],
            seed,
            min_object_covered=crop.min_covered,
            aspect_ratio_range=crop.aspect,
            area_range=crop.area,
            max_attempts=crop.tries,
            use_image_if_no_bounding_boxes=True,
        )
        return tf.concat([begin[:2], size[:2]], axis=0)

    seeds = tf.stack([tf.zeros(6000, tf.int64), tf.range(6000, dtype=tf.int64)], axis=1)
    expected = tf.function(lambda: tf.map_fn(released, seeds, fn_output_signature=tf.int32), autograph=False)().numpy()
    shares = [np.quantile(a, [0.05, 0.25, 0.5, 0.75, 0.95]) for a in (high * wide, expected[:, 2] * expected[:, 3])]
    np.testing.assert_allclose(shares[0] / (height * width), shares[1] / (height * width), atol=0.025)
    aspects = [np.quantile(a, [0.05, 0.5, 0.95]) for a in (wide / high, expected[:, 3] / expected[:, 2])]
    np.testing.assert_allclose(aspects[0], aspects[1], atol=0.04)


def test_area_and_aspect_keep_to_their_ranges():
    _, _, height, width = windows(600, 600, V2, 3000).T
    share, aspect = height * width / 360000, width / height
    assert share.min() == pytest.approx(0.05, abs=0.005)
    assert share.max() > 0.93
    assert aspect.min() == pytest.approx(0.75, abs=0.01)
    assert aspect.max() == pytest.approx(1.33, abs=0.01)


def test_a_tenth_of_the_photo_is_the_least_that_v1_covers():
    _, _, height, width = windows(500, 500, V1, 3000).T
    assert (height * width).min() >= 0.1 * 500 * 500


def test_every_place_of_the_photo_is_met():
    top, left, height, width = windows(200, 200, Crop((0.1, 0.3), (3 / 4, 4 / 3)), 1000).T
    assert top.min() == 0
    assert left.min() == 0
    assert (top + height).max() == 200
    assert (left + width).max() == 200
    assert np.mean(left + width / 2) == pytest.approx(100, abs=4)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((100, 1000), [0, 433, 100, 133]), ((1000, 100), [433, 0, 133, 100])],
    ids=["very wide", "very tall"],
)
def test_a_photo_that_no_window_of_v1_fits_gives_its_middle(sides, expected):
    assert windows(*sides, Crop((1.0, 1.0), (3 / 4, 4 / 3)), 1).tolist() == [expected]


def test_a_photo_that_no_window_of_v2_fits_gives_all_of_it():
    assert windows(10, 1000, V2, 3).tolist() == [[0, 0, 10, 1000]] * 3


def test_fine_tuning_sees_the_whole_photo():
    assert windows(123, 456, PREPROCESSING["finetune"].crop, 2).tolist() == [[0, 0, 123, 456]] * 2

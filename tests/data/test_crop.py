import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.data.crop import random_window


def windows(height, width, crop_area, count):
    """Draws (count, 4) windows of seeds 0 to count - 1."""
    seeds = tf.stack([tf.zeros(count, tf.int64), tf.range(count, dtype=tf.int64)], axis=1)
    return tf.map_fn(
        lambda seed: random_window(tf.constant(height), tf.constant(width), crop_area, seed),
        seeds,
        fn_output_signature=tf.int32,
    ).numpy()


@pytest.mark.parametrize("sides", [(1, 1), (1, 50), (50, 1), (3, 2), (32, 32), (20, 400), (400, 20), (375, 500)])
@pytest.mark.parametrize("crop_area", [(0.08, 1.0), (1.0, 1.0), (0.01, 0.01)])
def test_the_window_lies_inside_and_is_not_empty(sides, crop_area):
    top, left, height, width = windows(*sides, crop_area, 50).T
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (height >= 1).all()
    assert (width >= 1).all()
    assert (top + height <= sides[0]).all()
    assert (left + width <= sides[1]).all()


def test_the_same_seed_draws_the_same_window_and_another_one_another():
    first, again = windows(300, 400, (0.08, 1.0), 20), windows(300, 400, (0.08, 1.0), 20)
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(first, axis=0)) == 20


def test_area_and_aspect_spread_over_their_whole_range():
    _, _, height, width = windows(600, 600, (0.08, 1.0), 1500).T
    share, aspect = height * width / 360000, width / height
    assert share.min() == pytest.approx(0.08, abs=0.01)
    assert share.max() > 0.93
    assert aspect.min() == pytest.approx(0.75, abs=0.01)
    assert aspect.max() == pytest.approx(1.333, abs=0.01)
    assert np.mean(np.log(aspect)) == pytest.approx(0.0, abs=0.02)  # wide as often as tall
    assert np.quantile(share, [0.25, 0.5, 0.75]) == pytest.approx(
        np.quantile(fitting_shares(), [0.25, 0.5, 0.75]), abs=0.03
    )


def fitting_shares():
    """Draws area and aspect in NumPy and keeps what fits a square, as trying again does."""
    rng = np.random.default_rng(0)
    share = rng.uniform(0.08, 1.0, 100_000)
    root = np.sqrt(np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3), 100_000)))
    side = np.sqrt(share)
    return share[(side * root <= 1) & (side / root <= 1)]


def test_every_place_of_the_photo_is_met():
    top, left, height, width = windows(200, 200, (0.1, 0.3), 500).T
    assert top.min() == 0
    assert left.min() == 0
    assert (top + height).max() == 200
    assert (left + width).max() == 200
    centre = np.mean(left + width / 2)
    assert centre == pytest.approx(100, abs=4)


@pytest.mark.parametrize(
    ("sides", "expected"),
    [((100, 1000), [0, 433, 100, 133]), ((1000, 100), [433, 0, 133, 100])],
    ids=["very wide", "very tall"],
)
def test_a_photo_that_no_window_fits_gives_its_middle(sides, expected):
    assert windows(*sides, (1.0, 1.0), 1).tolist() == [expected]


def test_the_whole_area_of_a_square_is_the_whole_square_or_nearly():
    share = np.prod(windows(100, 100, (1.0, 1.0), 20)[:, 2:], axis=1) / 10000
    assert (share > 0.98).all()

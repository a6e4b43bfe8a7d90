import numpy as np
import tensorflow as tf
from scipy import stats

from effnetv2_keras.augment.erasing import cutout, draw_erasing, noise_like, random_erasing, square_cutout
from effnetv2_keras.augment.randomness import StepSeed

MIDDLE = np.array([[0.5, 0.5]], "float32")


def test_cutout_paints_a_grey_square():
    cut = np.asarray(cutout(np.zeros((1, 20, 30, 3), "float32"), np.array([4.0], "float32"), MIDDLE))
    expected = np.zeros((1, 20, 30, 3))
    expected[:, 6:14, 11:19] = 128
    np.testing.assert_array_equal(cut, expected)


def test_cutout_of_no_size_changes_nothing(photos):
    place = MIDDLE.repeat(4, axis=0)
    np.testing.assert_array_equal(cutout(photos, np.zeros(4, "float32"), place), photos)


def test_square_cutout_follows_the_shorter_side():
    cut = np.asarray(square_cutout(np.zeros((1, 40, 60, 3), "float32"), MIDDLE, 0.5))
    assert (cut == 128).sum() == 20 * 20 * 3


def erase(rate, count=400, side=40):
    images = np.full((count, side, side, 3), 300.0, "float32")  # a level no noise has
    erased = np.asarray(random_erasing(images, draw_erasing(count, StepSeed(0, 0)), rate))
    return (erased != 300).all(axis=-1)


def test_erasing_hits_about_its_rate_of_the_images():
    assert stats.binomtest(int(erase(0.25).any(axis=(1, 2)).sum()), 400, 0.25).pvalue > 0.01
    assert not erase(0.0).any()


def test_erased_boxes_have_the_published_sizes_and_lie_inside():
    area = erase(1.0).mean(axis=(1, 2))
    assert 0.01 < area.min() < 0.04  # 2 % less what is cut to whole pixels
    assert 0.28 < area.max() <= 0.33
    assert abs(area.mean() - 0.165) < 0.02


def test_noise_is_spread_over_all_levels_and_differs_between_images():
    noise = np.asarray(noise_like(np.zeros((2, 64, 64, 3)), np.array([5, 6], "int32")))
    assert stats.chisquare(np.bincount(noise[0].ravel(), minlength=256)).pvalue > 0.001
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.03
    assert abs(np.corrcoef(noise[0, :, 1:].ravel(), noise[0, :, :-1].ravel())[0, 1]) < 0.03


def test_noise_is_the_same_in_every_world(world):
    start = tf.constant([3, 2**30 - 1])
    images = tf.zeros((2, 9, 7, 3))
    np.testing.assert_array_equal(world(noise_like)(images, start), noise_like(images, start))

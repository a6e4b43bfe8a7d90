import numpy as np

from effnetv2_keras.augment.level import Level


def test_a_level_is_picked_by_numbers_and_by_slice():
    level = Level(np.arange(3.0), np.ones(3), np.zeros((3, 2)), 4, 5)
    np.testing.assert_array_equal(level.pick(np.array([2, 0])).magnitude, [2, 0])
    np.testing.assert_array_equal(level.pick(slice(1, 2)).magnitude, [1])

import numpy as np
import pytest

from effnetv2_keras.export.lite.variety import augmented, shifted


def test_shifted_images_are_darker_and_noisier():
    grey = np.full((1, 64, 64, 3), 200, np.uint8)
    seen = shifted(grey)
    assert (seen.shape, seen.dtype) == (grey.shape, np.uint8)
    assert seen.mean() == pytest.approx(120, abs=1.0)  # 0.6 of the light
    assert seen.std() == pytest.approx(20, abs=1.0)
    np.testing.assert_array_equal(shifted(grey), seen)


def test_shifted_images_stay_in_range():
    black = shifted(np.zeros((1, 32, 32, 3), np.uint8))
    assert black.min() == 0
    assert 5 < black.mean() < 11  # half of the noise is cut off


def test_augmented_images_are_others_and_the_same_each_time(scans):
    some = scans.fit[:20]
    seen = augmented(some)
    assert (seen.shape, seen.dtype) == (some.shape, np.uint8)
    assert np.mean([np.any(one != other) for one, other in zip(seen, some, strict=True)]) > 0.8
    np.testing.assert_array_equal(augmented(some), seen)

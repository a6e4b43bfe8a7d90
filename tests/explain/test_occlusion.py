import numpy as np
import pytest

from effnetv2_keras import UsageError
from effnetv2_keras.explain.occlusion import occlusion


def brightness_at(row, column):
    """Scores two classes by one pixel alone: the second by how bright it is."""

    def score(images):
        bright = images[:, row, column].mean(axis=-1) / 255
        return np.stack([1 - bright, bright], axis=1)

    return score


@pytest.fixture
def image():
    """Black, with one white pixel at (5, 10)."""
    image = np.zeros((1, 12, 16, 3), "uint8")
    image[0, 5, 10] = 255
    return image


def test_the_fall_is_the_mean_over_the_squares_that_cover_a_pixel(image):
    seen = occlusion(brightness_at(5, 10), image, patch=4, stride=4)
    expected = np.zeros((12, 16))
    expected[4:8, 8:12] = 1 - int(255 / 192) / 255  # the mean colour, as whole numbers, is what it falls to
    np.testing.assert_allclose(seen.maps[0], expected, atol=1e-6)
    assert (seen.class_index.tolist(), seen.scores.tolist(), seen.source) == ([1], [1.0], "occlusion")


def test_overlapping_squares_are_averaged(image):
    seen = occlusion(brightness_at(5, 10), image, patch=4, stride=2).maps[0]
    fall = 1 - int(255 / 192) / 255
    assert seen[5, 10] == pytest.approx(fall)  # each of the four squares on it covers the white pixel
    assert seen[3, 10] == pytest.approx(fall / 2)  # of the rows that begin at 0 and 2 the second alone reaches it
    assert seen[11, 0] == 0


def test_what_rises_is_cut_off(image):
    assert occlusion(brightness_at(5, 10), image, 0, patch=4, stride=4).maps.max() == 0
    assert occlusion(brightness_at(5, 10), image, 0).heat.max() == 0


def test_the_border_is_covered_where_the_stride_does_not_end_there(image):
    seen = occlusion(brightness_at(11, 15), 255 - image, patch=5, stride=4)
    assert seen.maps[0, 11, 15] > 0


def test_a_batch_is_explained_one_by_one(image):
    both = np.concatenate([image, 255 - image])
    seen = occlusion(brightness_at(5, 10), both, [1, 0])
    np.testing.assert_array_equal(seen.maps[1], occlusion(brightness_at(5, 10), 255 - image, 0).maps[0])


@pytest.mark.parametrize(("patch", "stride"), [(0, 1), (13, 1), (4, 0)])
def test_refuses_squares_that_do_not_fit(image, patch, stride):
    with pytest.raises(UsageError) as caught:
        occlusion(brightness_at(5, 10), image, patch=patch, stride=stride)
    assert str(caught.value) == (
        f"`patch` must be between 1 and 12 px, `stride` at least 1. Got: {patch} and {stride}."
    )


@pytest.mark.parametrize("side", [32, 48, 64, 224, 299])
def test_an_image_is_asked_about_at_most_64_times_and_once_plain(side):
    asked = []

    def score(images):
        asked.append(len(images))
        return np.full((len(images), 2), 0.5)

    occlusion(score, np.zeros((1, side, side, 3), "uint8"))
    assert 50 <= sum(asked) <= 65

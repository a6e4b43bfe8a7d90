"""Parity with Pillow. The largest and the mean difference of each operation stand in docs/methods/augmentation.md."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from effnetv2_keras.augment import color
from effnetv2_keras.augment.strengths import floor


def run(operation, photos, *strengths):
    arguments = [np.full(len(photos), strength, "float32") for strength in strengths]
    return np.asarray(operation(photos.astype("float32"), *arguments))


def pillow(function, photos):
    return np.stack([np.asarray(function(Image.fromarray(photo))) for photo in photos]).astype("float32")


def differences(got, expected):
    gap = np.abs(got - expected)
    return gap.max(), (gap > 0).mean()


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 7, 8])
def test_posterize_is_pillows(photos, bits):
    expected = pillow(lambda photo: ImageOps.posterize(photo, bits), photos)
    np.testing.assert_array_equal(run(color.posterize, photos, bits), expected)


@pytest.mark.parametrize("threshold", [0, 1, 100, 128, 255, 256])
def test_solarize_is_pillows(photos, threshold):
    expected = pillow(lambda photo: ImageOps.solarize(photo, threshold), photos)
    np.testing.assert_array_equal(run(color.solarize, photos, threshold), expected)


def test_invert_is_pillows(photos):
    np.testing.assert_array_equal(run(color.invert, photos), pillow(ImageOps.invert, photos))


def test_auto_contrast_is_pillows_but_for_pillows_rounding_errors(photos):
    largest, part = differences(run(color.auto_contrast, photos), pillow(ImageOps.autocontrast, photos))
    assert largest <= 1
    assert part < 0.01


FACTORS = [0.1, 0.37, 0.55, 1.0, 1.45, 1.9, 2.8, 3.7]


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize(
    ("operation", "enhancer"),
    [
        (color.brightness, ImageEnhance.Brightness),
        (color.contrast, ImageEnhance.Contrast),
        (color.color, ImageEnhance.Color),
        (color.sharpness, ImageEnhance.Sharpness),
    ],
    ids=["brightness", "contrast", "color", "sharpness"],
)
def test_enhancers_are_pillows_within_a_level_where_floats_end_on_a_whole_number(photos, operation, enhancer, factor):
    expected = pillow(lambda photo: enhancer(photo).enhance(factor), photos)
    largest, part = differences(run(operation, photos, factor), expected)
    assert largest <= 1
    assert part < 0.03


def test_solarize_add_brightens_the_dark_half_only():
    levels = np.array([0, 100, 127, 128, 200], "float32").reshape(1, 1, 5, 1).repeat(3, axis=3)
    np.testing.assert_array_equal(run(color.solarize_add, levels, 110)[0, 0, :, 0], [110, 210, 237, 128, 200])


def test_released_contrast_moves_away_from_a_grey_that_depends_on_the_size(photos):
    square = photos[:, :48, :48]  # 48 * 48 / 256 = 9
    np.testing.assert_array_equal(run(color.released_contrast, square, 0.0), np.full((4, 48, 48, 3), 9.0))
    np.testing.assert_array_equal(run(color.released_contrast, np.zeros((1, 320, 256, 3)), 0.0).max(), 255.0)


def test_released_sharpness_cuts_where_pillow_rounds(photos):
    gap = run(color.sharpness, photos, 0.0) - run(color.released_sharpness, photos, 0.0)
    assert set(np.unique(gap)) == {0.0, 1.0}


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (2, 9), (3, 3)])
def test_sharpness_keeps_what_has_no_neighbourhood(photos, shape):
    small = photos[:, : shape[0], : shape[1]]
    expected = pillow(lambda photo: ImageEnhance.Sharpness(photo).enhance(0.1), small)
    assert differences(run(color.sharpness, small, 0.1), expected)[0] <= 1


def test_grey_images_stay_grey(photos):
    grey = photos[..., :1].repeat(3, axis=3)
    for operation in (color.color, color.contrast, color.brightness, color.sharpness):
        changed = run(operation, grey, 1.9)
        np.testing.assert_array_equal(changed[..., 0], changed[..., 2])
    np.testing.assert_array_equal(run(color.color, grey, 1.9), grey)


def test_every_image_takes_its_own_strength(photos):
    factors = np.array([0.1, 1.0, 1.9, 2.8], "float32")
    together = np.asarray(color.contrast(photos.astype("float32"), factors))
    alone = [run(color.contrast, photos[i : i + 1], factors[i])[0] for i in range(4)]
    np.testing.assert_array_equal(together, alone)


def test_flat_images_are_left_alone():
    flat = np.full((1, 8, 8, 3), 77.0, "float32")
    np.testing.assert_array_equal(run(color.auto_contrast, flat), flat)


def test_a_product_just_below_a_whole_number_counts_as_that_number():
    assert float(floor(np.float32(0.4) * np.float32(17.5))) == 7.0

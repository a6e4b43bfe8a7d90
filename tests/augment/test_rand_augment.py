import numpy as np
import pytest

from effnetv2_keras.augment.operations import RELEASED_LIST, get_operations
from effnetv2_keras.augment.rand_augment import LayerDraw, rand_augment

ALL = get_operations(RELEASED_LIST)
NAMES = [row.name for row in ALL]


def one_operation(name, photos, magnitude, sign=1.0, mode="adaptive"):
    """All four pictures get the operation, as the only one of the list."""
    operations = get_operations([name], mode)
    draw = LayerDraw(np.zeros(4, "int32"), np.full(4, sign, "float32"), np.array([[0.5, 0.25]] * 4, "float32"))
    return np.asarray(rand_augment(photos, [draw], magnitude, operations))


@pytest.mark.parametrize("name", NAMES)
def test_an_image_in_a_mixed_batch_gets_exactly_its_own_operation(photos, name):
    batch = photos[:1].repeat(16, axis=0)
    draw = LayerDraw(np.arange(16, dtype="int32"), np.ones(16, "float32"), np.array([[0.5, 0.25]] * 16, "float32"))
    mixed = np.asarray(rand_augment(batch, [draw], 10.0, ALL))
    np.testing.assert_array_equal(mixed[NAMES.index(name)], one_operation(name, photos, 10.0)[0])


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"AutoContrast", "Equalize", "Invert"}))
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_adaptive_strength_grows_with_the_magnitude(photos, name, sign):
    photo = photos[:1].repeat(4, axis=0)
    change = [np.abs(one_operation(name, photo, m, sign) - photo.astype("float32")).mean() for m in (1e-3, 5, 15, 25)]
    assert change[0] < 1  # Pillow's enhancers cut fractions off: up to a level from the first step on
    assert change[1] > change[0]
    # A picture turned by 45 degrees or shifted away may lie nearer in levels than a weaker change; never by much.
    assert change[1] <= change[2] * 1.02
    assert change[2] <= change[3] * 1.25


def test_adaptive_geometry_covers_the_same_part_of_every_size():
    for name, expected in (("TranslateX", 1 / 3), ("Cutout", (80 / 300) ** 2)):
        for side in (60, 150, 300):
            draw = LayerDraw(np.zeros(1, "int32"), np.ones(1, "float32"), np.full((1, 2), 0.5, "float32"))
            black = np.zeros((1, side, side, 3), "uint8")
            grey = np.asarray(rand_augment(black, [draw], 10.0, get_operations([name]))) == 128
            assert abs(grey.mean() - expected) < 0.01


def test_released_solarize_inverts_all_at_10_and_half_at_5(photos):
    np.testing.assert_array_equal(one_operation("Solarize", photos, 10.0, mode="released"), 255 - photos)
    half = np.where(photos < 128, photos, 255 - photos)
    np.testing.assert_array_equal(one_operation("Solarize", photos, 5.0, mode="released"), half)


def test_released_posterize_is_strongest_at_low_magnitudes(photos):
    np.testing.assert_array_equal(one_operation("Posterize", photos, 5.0, mode="released"), photos // 64 * 64)
    np.testing.assert_array_equal(one_operation("Posterize", photos, 15.0, mode="released"), photos // 4 * 4)
    np.testing.assert_array_equal(one_operation("Posterize", photos, 20.0, mode="released"), photos)
    np.testing.assert_array_equal(one_operation("Posterize", photos, 1.0, mode="released"), photos // 128 * 128)


@pytest.mark.parametrize("name", ["Color", "Contrast", "Brightness", "Sharpness"])
def test_released_colour_does_nothing_at_5(photos, name):
    np.testing.assert_array_equal(one_operation(name, photos, 5.0, mode="released"), photos)


def test_released_lengths_are_pixels(photos):
    shifted = one_operation("TranslateX", photos, 1.0, mode="released")
    np.testing.assert_array_equal(shifted[:, :, :42], photos[:, :, 10:])
    assert (shifted[:, :, 42:] == 128).all()


def test_magnitudes_outside_the_range_count_as_its_ends(photos):
    np.testing.assert_array_equal(one_operation("Rotate", photos, 99.0), one_operation("Rotate", photos, 30.0))
    np.testing.assert_array_equal(one_operation("Rotate", photos, -4.0), photos)

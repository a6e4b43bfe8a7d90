"""Parity with Pillow's affine transform, nearest neighbour, fill 128: no pixel differs.

Pillow measures from the corner of the first pixel, the released code from its middle: half a pixel of `slope` is the
difference, and is taken off before the comparison.
"""

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.augment import geometry

GREY = (128, 128, 128)


def run(operation, photos, strength):
    matrix = operation(np.full(len(photos), strength, "float32"), *photos.shape[1:3])
    return np.asarray(geometry.warp(photos, matrix))


def affine(photos, data):
    size = photos.shape[2], photos.shape[1]
    return np.stack(
        [
            np.asarray(Image.fromarray(photo).transform(size, Image.Transform.AFFINE, data, fillcolor=GREY))
            for photo in photos
        ]
    )


@pytest.mark.parametrize("slope", [0.03, 0.15, 0.3, -0.3, 0.6, -0.9])
def test_shears_are_pillows(photos, slope):
    np.testing.assert_array_equal(run(geometry.shear_x, photos, slope), affine(photos, (1, slope, -slope / 2, 0, 1, 0)))
    np.testing.assert_array_equal(run(geometry.shear_y, photos, slope), affine(photos, (1, 0, 0, slope, 1, -slope / 2)))


@pytest.mark.parametrize("pixels", [0, 1, -7, 12.25, -12.75, 500])
def test_translations_are_pillows(photos, pixels):
    np.testing.assert_array_equal(run(geometry.translate_x, photos, pixels), affine(photos, (1, 0, pixels, 0, 1, 0)))
    np.testing.assert_array_equal(run(geometry.translate_y, photos, pixels), affine(photos, (1, 0, 0, 0, 1, pixels)))


@pytest.mark.parametrize("degrees", [0, 15, 30, -45, 60, 90, -90, 8.34])
def test_rotations_are_pillows_but_for_ties(photos, degrees):
    expected = np.stack([np.asarray(Image.fromarray(photo).rotate(degrees, fillcolor=GREY)) for photo in photos])
    different = (run(geometry.rotate, photos, degrees) != expected).any(axis=-1).mean()
    assert different < 0.005


def test_a_right_angle_is_exact():
    photos = np.arange(2 * 6 * 6 * 3, dtype="uint8").reshape(2, 6, 6, 3)
    np.testing.assert_array_equal(run(geometry.rotate, photos, 90), np.rot90(photos, axes=(1, 2)))
    np.testing.assert_array_equal(run(geometry.rotate, photos, -90), np.rot90(photos, -1, axes=(1, 2)))


def test_every_world_takes_the_same_source_pixels(world, photos):
    def turn(degrees, slope):
        both = [geometry.rotate(degrees, 60, 52), geometry.shear_x(slope, 60, 52)]
        return geometry.warp(np.concatenate([photos, photos]), geometry.concatenate(both))

    degrees, slope = np.array([7, -30, 61.3, 90], "float32"), np.array([0.15, -0.3, 0.45, 0.6], "float32")
    np.testing.assert_array_equal(world(turn)(degrees, slope), turn(degrees, slope))


def test_one_pixel_images_survive():
    photos = np.full((1, 1, 1, 3), 5, "uint8")
    np.testing.assert_array_equal(run(geometry.rotate, photos, 45), photos)
    np.testing.assert_array_equal(run(geometry.translate_x, photos, 3), np.full((1, 1, 1, 3), 128))


def test_flip_mirrors_the_chosen_images(photos):
    flipped = np.asarray(geometry.flip(photos, np.array([True, False, True, False])))
    np.testing.assert_array_equal(flipped[::2], photos[::2, :, ::-1])
    np.testing.assert_array_equal(flipped[1::2], photos[1::2])

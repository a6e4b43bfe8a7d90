"""Parity with tensorflow-addons 0.23 and keras-cv 0.9, from stored arrays: see goldens/make_legacy_augment.py."""

from pathlib import Path

import numpy as np
import pytest

from effnetv2_keras.augment import color, equalize, erasing, geometry
from effnetv2_keras.augment.boxes import Box
from effnetv2_keras.augment.mixing import towards_partner

GOLDEN = np.load(Path(__file__).parents[1] / "goldens" / "legacy_augment.npz")
PICTURE = GOLDEN["picture"]


def warp(operation, strength):
    return np.asarray(geometry.warp(PICTURE, operation(np.array([strength], "float32"), *PICTURE.shape[1:3])))


def different(got, expected):
    return (np.asarray(got) != expected).any(axis=-1).mean()


@pytest.mark.parametrize("degrees", [15, -30, 90])
def test_rotate_takes_the_pixels_of_tensorflow_addons_but_for_ties(degrees):
    assert different(warp(geometry.rotate, degrees), GOLDEN[f"rotate_{degrees}"]) < 0.01


@pytest.mark.parametrize("slope", [0.15, -0.3])
def test_shears_take_the_pixels_of_tensorflow_addons_but_for_ties(slope):
    """A source half-way between two pixels, a tenth of the rows here, goes down here and up there."""
    assert different(warp(geometry.shear_x, slope), GOLDEN[f"shear_x_{slope}"]) < 0.1
    assert different(warp(geometry.shear_y, slope), GOLDEN[f"shear_y_{slope}"]) < 0.1


@pytest.mark.parametrize("pixels", [7, -12])
def test_translations_are_those_of_tensorflow_addons(pixels):
    np.testing.assert_array_equal(warp(geometry.translate_x, pixels), GOLDEN[f"translate_x_{pixels}"])
    np.testing.assert_array_equal(warp(geometry.translate_y, pixels), GOLDEN[f"translate_y_{pixels}"])


def test_equalize_is_that_of_tensorflow_addons():
    np.testing.assert_array_equal(equalize.equalize(PICTURE.astype("float32")), GOLDEN["equalize"])


@pytest.mark.parametrize("factor", [0.1, 1.9])
def test_sharpness_is_that_of_tensorflow_addons_within_two_levels(factor):
    """It smooths and blends without rounding; each of our two roundings may cost a level."""
    got = color.released_sharpness(PICTURE.astype("float32"), np.array([factor], "float32"))
    assert np.abs(got - GOLDEN[f"sharpness_{factor}"].astype("float32")).max() <= 2


def test_cutout_is_that_of_tensorflow_addons():
    place = (np.array([[13, 20]], "float32") + 0.5) / PICTURE.shape[1:3]
    got = erasing.cutout(PICTURE, np.array([4.0], "float32"), place.astype("float32"))
    np.testing.assert_array_equal(got, GOLDEN["cutout"])


def partners(labels):
    """Returns each image's partner and the weight of its label; image i has class i."""
    others = labels * (1 - np.eye(len(labels)))
    alone = others.max(axis=1) == 0
    return np.where(alone, np.arange(len(labels)), others.argmax(axis=1)), others.max(axis=1)


def test_mixup_does_the_arithmetic_of_keras_cv():
    labels, images = GOLDEN["mixup_labels"], GOLDEN["mixup_images"]
    partner, weight = partners(labels)
    assert ((weight > 0.1) & (weight < 0.9)).sum() >= 4  # a mix worth the name
    flat = 10 * np.arange(24, dtype="float32")[:, None, None, None] * np.ones((1, 12, 10, 3), "float32")
    np.testing.assert_allclose(towards_partner(flat, partner, weight[:, None, None, None]), images, atol=1e-4)
    np.testing.assert_allclose(towards_partner(np.eye(24), partner, weight[:, None]), labels, atol=1e-6)


def test_cutmix_weighs_labels_as_keras_cv_does_for_boxes_inside_the_image():
    """Of a box that sticks out keras-cv counts the part outside too; here the pixels that were replaced count."""
    labels, images = GOLDEN["cutmix_labels"], GOLDEN["cutmix_images"][..., 0]
    _, weight = partners(labels)
    replaced = images != 10 * np.arange(24)[:, None, None]
    rows, columns = replaced.any(axis=2), replaced.any(axis=1)
    edges = [rows.argmax(1), rows.argmax(1) + rows.sum(1), columns.argmax(1), columns.argmax(1) + columns.sum(1)]
    box = Box(*(edge.astype("int32") for edge in edges))
    np.testing.assert_array_equal(np.asarray(box.mask(12, 10))[..., 0], replaced)
    inside = (box.top > 0) & (box.bottom < 12) & (box.left > 0) & (box.right < 10)
    assert inside.sum() >= 3
    area = np.asarray(box.area()) / 120
    np.testing.assert_allclose(area[inside], weight[inside], atol=1e-6)
    assert (area < weight + 1e-6).all()
    np.testing.assert_allclose(area, replaced.mean(axis=(1, 2)), atol=1e-6)

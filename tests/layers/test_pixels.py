import keras
import numpy as np
import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.pixels import NormalizePixels


def pixel(red, green, blue):
    return np.full((1, 32, 32, 3), (red, green, blue), "uint8")


@pytest.mark.parametrize(
    ("pixels", "image", "expected"),
    [
        ("symmetric", pixel(0, 128, 255), (-1.0, 0.0, 0.9921875)),
        ("inception", pixel(0, 51, 255), (-1.0, -0.6, 1.0)),
        ("imagenet", pixel(0, 128, 255), (-2.1179, 0.2052, 2.6400)),
        ("caffe", pixel(10, 20, 30), (-73.939, -96.779, -113.68)),
        ("none", pixel(0, 128, 255), (0.0, 128.0, 255.0)),
    ],
)
def test_formulas(pixels, image, expected):
    y = np.asarray(NormalizePixels(pixels)(image))
    assert y[0, 0, 0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16", "float32"])
def test_any_dtype_gives_float32(dtype):
    y = NormalizePixels("symmetric")(pixel(0, 128, 255).astype(dtype))
    assert keras.backend.standardize_dtype(y.dtype) == "float32"
    assert np.asarray(y)[0, 0, 0].tolist() == [-1.0, 0.0, 0.9921875]


def test_stays_in_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = NormalizePixels("symmetric")
    finally:
        keras.config.set_dtype_policy("float32")
    # 200.3 is not a bfloat16: rounded first, it would become 200
    y = layer(np.full((1, 32, 32, 3), 200.3, "float32"))
    assert np.asarray(y)[0, 0, 0, 0] == pytest.approx(0.5648437, abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 31, 64, 3), r"Images must be at least 32 px high and wide\. Got: 31 x 64\."),
        ((32, 32, 3), r"Images must have the shape \(B, H, W, C\)\. Got: \(32, 32, 3\)\."),
        ((1, 32, 32, 1), r"`pixels='imagenet'` normalises 3 channels\. Got: 1\."),
    ],
)
def test_images_that_do_not_fit_are_refused(shape, message):
    with pytest.raises(UsageError, match=message):
        NormalizePixels("imagenet")(np.zeros(shape, "float32"))


def test_an_unknown_formula_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r"Unknown pixels: 'imagnet'\. Nearest: imagenet"):
        NormalizePixels("imagnet")


@pytest.mark.parametrize(
    ("pixels", "image", "expected"),
    [
        ("symmetric", pixel(0, 128, 255), (-128.0, 0.0, 127.0)),
        ("imagenet", pixel(0, 128, 255), (-123.675, 11.72, 151.47)),
        ("caffe", pixel(10, 20, 30), (-73.939, -96.779, -113.68)),
    ],
)
def test_a_folded_formula_takes_the_mean_off_and_leaves_the_division(pixels, image, expected):
    y = np.asarray(NormalizePixels(pixels, is_folded=True)(image))
    assert y[0, 0, 0] == pytest.approx(expected, abs=1e-4)


def test_get_config_builds_it_again():
    assert NormalizePixels.from_config(NormalizePixels("caffe", is_folded=True).get_config()).is_folded
    assert NormalizePixels.from_config(NormalizePixels("caffe").get_config()).pixels == "caffe"

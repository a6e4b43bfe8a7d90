import io

import numpy as np
import pytest
import tensorflow as tf
from means import between_neighbours, mean_square
from PIL import Image

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.resize import cut_centre, read_view, resize, resize_window

RNG = np.random.default_rng(0)
PIXELS = np.kron(RNG.integers(0, 256, (7, 9, 3)), np.ones((5, 5, 1))).astype("uint8")  # (35, 45, 3)
PHOTO = Image.fromarray(PIXELS)
NOISE = RNG.integers(0, 256, (150, 200, 3)).astype("uint8")


def encode(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def difference(got, expected):
    """The mean difference in grey levels."""
    return np.abs(np.asarray(got).astype(float) - np.asarray(expected)).mean()


@pytest.mark.parametrize("size", [17, 32, 90], ids=["smaller", "mixed", "larger"])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_resize_is_within_a_third_of_a_grey_level_of_pillow(size, interpolation):
    got = resize(tf.constant(PIXELS), size, interpolation).numpy()
    expected = PHOTO.resize((size, size), Image.Resampling[interpolation.upper()])
    assert got.dtype == np.uint8
    assert difference(got, expected) < 0.35


def test_a_size_in_a_tensor_can_change_without_a_new_trace():
    signature = [tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec([], tf.int32)]
    for function in (resize, resize_window):
        traced = tf.function(function, autograph=False, input_signature=signature)
        assert traced(PIXELS, 12).shape == (12, 12, 3)
        assert traced(PIXELS, 48).shape == (48, 48, 3)


@pytest.mark.parametrize("size", [30, 75, 128, 133])
def test_a_window_that_shrinks_is_the_mean_of_what_each_pixel_covers(size):
    got = resize_window(tf.constant(NOISE), tf.constant(size)).numpy()
    expected = mean_square(NOISE, size)
    assert np.abs(got - expected).max() <= 0.51


@pytest.mark.parametrize("size", [134, 149, 150])  # 200 px of width are fewer than 1.5 x 134
def test_a_window_that_shrinks_little_is_interpolated(size):
    got = resize_window(tf.constant(NOISE), tf.constant(size)).numpy()
    expected = between_neighbours(NOISE, size)
    assert np.abs(got - expected).max() <= 0.51


@pytest.mark.parametrize("size", [200, 230])
def test_a_window_that_grows_is_interpolated_as_pillow_does(size):
    got = resize_window(tf.constant(NOISE), tf.constant(size))
    expected = Image.fromarray(NOISE).resize((size, size), Image.Resampling.BILINEAR)
    assert difference(got, expected) < 0.3


def test_a_window_keeps_black_and_white():
    for level in (0, 255):
        flat = tf.fill((50, 60, 3), tf.constant(level, tf.uint8))
        for size in (20, 55, 90):
            assert np.unique(resize_window(flat, tf.constant(size))).tolist() == [level]


def test_evaluation_sees_the_whole_photo_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    square = read_view(tf.constant(encode(PHOTO, "JPEG", quality=95, exif=exif)), 32, View())
    turned = Image.open(io.BytesIO(encode(PHOTO, "JPEG", quality=95))).transpose(Image.Transpose.ROTATE_270)
    assert difference(square, turned.resize((32, 32), Image.Resampling.BILINEAR)) < 0.3


@pytest.mark.parametrize(
    ("shape", "size", "box"),
    [
        ((256, 256), 224, (16, 16, 240, 240)),  # 224 of 256: 16 off each side
        ((100, 300), 224, (107, 7, 194, 94)),  # int(87.5) = 87; (300 - 87 + 1) // 2 = 107, (100 - 87 + 1) // 2 = 7
        ((301, 200), 96, (25, 76, 175, 226)),  # int(150.0) = 150
    ],
)
def test_the_centre_is_cut_out_as_the_released_code_does(shape, size, box):
    image = RNG.integers(0, 256, (*shape, 3)).astype("uint8")
    left, top, right, bottom = box
    np.testing.assert_array_equal(cut_centre(tf.constant(image), size), image[top:bottom, left:right])


def test_small_sizes_of_v2_see_the_centre_and_large_ones_the_whole():
    view, photo = View(squeezed_from=320), Image.fromarray(NOISE)
    data = tf.constant(encode(photo, "PNG"))
    side = int(150 * 96 / 128)
    left, top = (200 - side + 1) // 2, (150 - side + 1) // 2
    centre = photo.crop((left, top, left + side, top + side))
    assert difference(read_view(data, 96, view), centre.resize((96, 96), Image.Resampling.BILINEAR)) < 0.3
    assert difference(read_view(data, 320, view), photo.resize((320, 320), Image.Resampling.BILINEAR)) < 0.3

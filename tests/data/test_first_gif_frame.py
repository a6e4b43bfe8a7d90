import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from effnetv2_keras.data.first_gif_frame import decode_first_frame

RNG = np.random.default_rng(0)
NOISE = Image.fromarray(RNG.integers(0, 256, (131, 97, 3)).astype("uint8")).quantize(256)
in_graph = tf.function(decode_first_frame, autograph=False, input_signature=[tf.TensorSpec([], tf.string)])


def gif(picture, **options):
    file = io.BytesIO()
    picture.save(file, "GIF", **options)
    return file.getvalue()


def pillows(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def descriptor_of(data):
    return data.index(b"\x2c" + b"\0" * 4 + struct.pack("<HH", *NOISE.size))


@pytest.mark.parametrize("length", [0, 1, 254, 255, 256, 510, 700])
def test_comments_of_any_length_stand_in_front_of_the_picture(length):
    data = gif(NOISE, comment=b"y" * length)
    np.testing.assert_array_equal(in_graph(data), pillows(data))


@pytest.mark.parametrize("colours", [2, 4, 16, 128, 256])
@pytest.mark.parametrize("side", [1, 2, 15, 16, 17, 60])
def test_pictures_of_any_length_end_where_they_end(colours, side):
    picture = Image.fromarray(RNG.integers(0, 256, (side, side, 3)).astype("uint8")).quantize(colours)
    data = gif(picture, save_all=True, append_images=[picture.rotate(90), picture.rotate(180)])
    np.testing.assert_array_equal(in_graph(data), pillows(data))


def test_a_picture_inside_the_screen_stays_where_it_is():
    data = bytearray(gif(NOISE))
    at = descriptor_of(data)
    data[6:10] = struct.pack("<HH", 120, 150)
    data[at + 1 : at + 5] = struct.pack("<HH", 7, 11)
    got, expected = in_graph(bytes(data)).numpy(), pillows(bytes(data))
    assert got.shape == expected.shape == (150, 120, 3)
    np.testing.assert_array_equal(got[11:142, 7:104], expected[11:142, 7:104])
    assert (got[:11] == 0).all()


def test_a_picture_larger_than_the_screen_is_as_large_as_it_is():
    data = bytearray(gif(NOISE))
    data[6:10] = struct.pack("<HH", 10, 10)
    np.testing.assert_array_equal(in_graph(bytes(data)), pillows(bytes(data)))


def test_what_follows_the_first_picture_does_not_count():
    data = gif(NOISE, save_all=True, append_images=[NOISE.rotate(180)])
    second = data.index(b"\x2c" + b"\0" * 4, descriptor_of(data) + 1)
    np.testing.assert_array_equal(in_graph(data[: second + 200]), pillows(data))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_half_a_picture_is_refused(share):
    data = gif(NOISE)
    with pytest.raises(tf.errors.InvalidArgumentError):
        in_graph(data[: int(share * len(data))])


def test_the_size_of_the_picture_counts_not_that_of_the_screen():
    data = bytearray(gif(NOISE))
    at = descriptor_of(data)
    data[at + 5 : at + 9] = struct.pack("<HH", 30_000, 30_000)
    with pytest.raises(tf.errors.InvalidArgumentError, match="An image may have at most"):
        in_graph(bytes(data))

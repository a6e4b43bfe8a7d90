import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from effnetv2_keras.data.decode import decode, decode_window

RNG = np.random.default_rng(0)
PIXELS = np.kron(RNG.integers(0, 256, (7, 9, 3)), np.ones((5, 5, 1))).astype("uint8")  # (35, 45, 3)
PHOTO = Image.fromarray(PIXELS)
GREY, FEW_COLOURS = PHOTO.convert("L"), PHOTO.quantize(16)
VEILED = Image.fromarray(np.dstack([PIXELS, np.full((35, 45), 100, "uint8")]))


def encode(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


FILES = {
    "JPEG": encode(PHOTO, "JPEG", quality=90),
    "grey JPEG": encode(GREY, "JPEG"),
    "CMYK JPEG": encode(PHOTO.convert("CMYK"), "JPEG"),
    "progressive JPEG": encode(PHOTO, "JPEG", progressive=True),
    "JPEG without shared colour": encode(PHOTO, "JPEG", subsampling=0),
    "MPO": encode(PHOTO, "MPO", save_all=True, append_images=[PHOTO.rotate(180)]),
    "PNG": encode(PHOTO, "PNG"),
    "grey PNG": encode(GREY, "PNG"),
    "palette PNG": encode(FEW_COLOURS, "PNG"),
    "PNG of one bit": encode(PHOTO.convert("1"), "PNG"),
    "transparent PNG": encode(VEILED, "PNG"),
    "BMP": encode(PHOTO, "BMP"),
    "grey BMP": encode(GREY, "BMP"),
    "palette BMP": encode(FEW_COLOURS, "BMP"),
    "GIF": encode(FEW_COLOURS, "GIF"),
    "transparent GIF": encode(FEW_COLOURS, "GIF", transparency=3),
    "animated GIF": encode(FEW_COLOURS, "GIF", save_all=True, append_images=[PHOTO.rotate(180).quantize(16)]),
    "WebP": encode(PHOTO, "WEBP", lossless=True),
    "transparent WebP": encode(VEILED, "WEBP", lossless=True, exact=True),
    "animated WebP": encode(PHOTO, "WEBP", lossless=True, save_all=True, append_images=[PHOTO.rotate(180)]),
}
in_graph = tf.function(decode, autograph=False, input_signature=[tf.TensorSpec([], tf.string)])


@pytest.mark.parametrize("name", FILES)
def test_pixels_are_those_of_pillow(name):
    expected = np.asarray(Image.open(io.BytesIO(FILES[name])).convert("RGB"))
    np.testing.assert_array_equal(in_graph(FILES[name]).numpy(), expected)


def test_sixteen_bits_keep_the_high_byte():
    deep = RNG.integers(0, 65536, (5, 6)).astype("uint16")
    got = decode(tf.constant(encode(Image.fromarray(deep), "PNG"))).numpy()
    np.testing.assert_array_equal(got, np.repeat((deep >> 8)[..., None], 3, axis=2))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"BM",
        b"BM" + b"\x08" * 60,
        b"RIFF",
        b"GIF89a",
        b"GIF89a" + b"\x21" * 60,
        b"<html></html>",
        FILES["JPEG"][:300],
    ],
    ids=[
        "no bytes",
        "JPEG of 3 bytes",
        "BMP of 2 bytes",
        "BMP of nonsense",
        "RIFF alone",
        "GIF of 6 bytes",
        "GIF of nonsense",
        "HTML",
        "half a JPEG",
    ],
)
def test_what_is_no_image_is_an_invalid_argument(data):
    with pytest.raises(tf.errors.InvalidArgumentError):
        in_graph(data)


@pytest.mark.parametrize("name", FILES)
def test_a_window_is_a_slice_of_the_whole(name):
    top, left, height, width = 3, 5, 20, 33
    part = decode_window(tf.constant(FILES[name]), tf.constant([top, left, height, width])).numpy()
    expected = in_graph(FILES[name]).numpy()[top : top + height, left : left + width]
    assert part.shape == expected.shape
    edge = slice(1, -1)  # where a JPEG stores colour at half the width, its outer columns lack a neighbour
    np.testing.assert_array_equal(part[:, edge], expected[:, edge])


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("JPEG")])
def test_a_jpeg_need_not_be_asked_whether_it_is_one(name):
    window = tf.constant([3, 5, 20, 33])
    known = decode_window(tf.constant(FILES[name]), window, is_always_jpeg=True)
    np.testing.assert_array_equal(known, decode_window(tf.constant(FILES[name]), window))

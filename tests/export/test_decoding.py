import io

import numpy as np
import pytest
import tensorflow as tf
from photo_corpus import CORPUS, encode
from PIL import Image, ImageOps

from effnetv2_keras.configs.preprocessing import get_preprocessing
from effnetv2_keras.export.decoding import read_batch

VIEW = get_preprocessing("photos").view
GOOD = CORPUS["plain.jpg"].data
PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype("uint8"))


@pytest.fixture(scope="module")
def read():
    """Reads the files of a request at 32 px, in a graph."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def read(files):
        return read_batch(files, 32, VIEW, ("jpeg", "png", "gif", "bmp"))

    return lambda files: read(tf.constant(files)).numpy()


def pillow(data):
    """The pixels that Pillow makes of a file."""
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    return np.asarray(upright.resize((32, 32), Image.Resampling.BILINEAR), np.float32)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_files_of_every_format_are_read_in_their_order(read, count):
    turned = Image.Exif()
    turned[0x0112] = 6
    kinds = [("JPEG", {"exif": turned}), ("PNG", {}), ("BMP", {}), ("GIF", {}), ("JPEG", {"quality": 95})]
    files = [encode(PHOTO, kind, **options) for kind, options in (kinds * 2)[:count]]
    got = read(files)
    assert got.shape == (count, 32, 32, 3)
    assert got.dtype == np.uint8
    for image, file in zip(got, files, strict=True):
        assert np.abs(image - pillow(file)).mean() < 1.5


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"", "it is empty"),
        (b"x", "it is of no format that this model takes (JPEG, PNG, GIF, BMP)"),
        (CORPUS["page.jpg"].data, "it is of no format that this model takes (JPEG, PNG, GIF, BMP)"),
        (CORPUS["tiff.jpg"].data, "it is of no format that this model takes (JPEG, PNG, GIF, BMP)"),
        (CORPUS["alpha.webp"].data, "it is of no format that this model takes (JPEG, PNG, GIF, BMP)"),
        (CORPUS["header_bomb.png"].data, "it has more than 89478485 pixels"),
        (CORPUS["truncated.jpg"].data, "it is truncated, damaged or has more than 89478485 pixels"),
        (CORPUS["crc.png"].data, "it is truncated, damaged or has more than 89478485 pixels"),
        (CORPUS["header_bomb.jpg"].data, "it is truncated, damaged or has more than 89478485 pixels"),
        (CORPUS["bomb.gif"].data, "it is truncated, damaged or has more than 89478485 pixels"),
    ],
)
def test_one_bad_file_fails_the_request_and_is_named_by_its_place(read, bad, reason):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        read([GOOD, GOOD, bad, GOOD])
    message = str(caught.value)
    assert "[Image] [2] [of the request (from 0) cannot be read:]" in message
    assert f"[{reason}]" in message


def test_the_first_of_several_bad_files_is_named(read):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[Image\] \[0\]"):
        read([b"x", GOOD, b"x"])


@pytest.mark.parametrize("bad", [b"", b"x", CORPUS["truncated.jpg"].data, CORPUS["header_bomb.png"].data])
def test_a_bad_file_alone_fails_its_request(read, bad):
    with pytest.raises(tf.errors.InvalidArgumentError):
        read([bad])


def test_a_request_without_files_is_answered_with_none(read):
    assert read(np.array([], dtype=object).astype(bytes)).shape == (0, 32, 32, 3)


def test_webp_is_read_where_it_was_asked_for():
    files = tf.constant([CORPUS["alpha.webp"].data, CORPUS["moving.webp"].data, GOOD])
    assert read_batch(files, 32, VIEW, ("jpeg", "webp")).shape == (3, 32, 32, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"no format that this model takes \(JPEG\)"):
        read_batch(files, 32, VIEW, ("jpeg",))

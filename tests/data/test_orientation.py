import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from effnetv2_keras.data.decode import decode_upright
from effnetv2_keras.data.orientation import exif_orientation, upright

PICTURE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (10, 14, 3)).astype("uint8"))
in_graph = tf.function(exif_orientation, autograph=False, input_signature=[tf.TensorSpec([], tf.string)])
upright_in_graph = tf.function(decode_upright, autograph=False, input_signature=[tf.TensorSpec([], tf.string)])


def exif_block(value, order="<", tags_before=0):
    """Writes an EXIF block with `tags_before` other entries in front of the orientation."""
    entries = [(0x00F0 + i, 4, 1, struct.pack(order + "I", 7)) for i in range(tags_before)]
    entries.append((0x0112, 3, 1, struct.pack(order + "HH", value, 0)))
    packed = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return b"Exif\0\0" + head + struct.pack(order + "H", len(entries)) + packed + struct.pack(order + "I", 0)


def jpeg(block=b"", **options):
    file = io.BytesIO()
    PICTURE.save(file, "JPEG", quality=95, exif=block, **options)
    return file.getvalue()


def with_segments_before_exif(data, *segments):
    return data[:2] + b"".join(segments) + data[2:]


def segment(marker, content):
    return struct.pack(">HH", marker, len(content) + 2) + content


def without_jfif(data):
    """Drops the first segment, so that EXIF comes first, as cameras write it."""
    return data[:2] + data[4 + struct.unpack(">H", data[4:6])[0] :]


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("value", range(1, 9))
def test_a_photo_is_turned_as_pillow_turns_it(value, order):
    data = jpeg(exif_block(value, order))
    assert in_graph(data).numpy() == value
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    np.testing.assert_array_equal(upright_in_graph(data).numpy(), expected)


def test_all_turns_differ_from_each_other():
    image = tf.reshape(tf.range(12), (3, 4, 1))
    turned = {upright(image, tf.constant(value)).numpy().tobytes() for value in range(1, 9)}
    assert len(turned) == 8


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(without_jfif(jpeg(exif_block(6))), id="exif comes first"),
        pytest.param(jpeg(exif_block(6, ">", tags_before=20)), id="after twenty other tags"),
        pytest.param(with_segments_before_exif(jpeg(exif_block(6)), segment(0xFFFE, b"a comment")), id="comment"),
        pytest.param(
            with_segments_before_exif(jpeg(exif_block(6)), segment(0xFFE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")),
            id="behind an XMP block",
        ),
        pytest.param(
            with_segments_before_exif(jpeg(exif_block(6)), segment(0xFFE2, bytes(60000))), id="behind 60 kB of profile"
        ),
    ],
)
def test_the_tag_is_found_wherever_it_stands(data):
    assert Image.open(io.BytesIO(data)).getexif()[0x0112] == 6
    assert in_graph(data).numpy() == 6


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="no bytes"),
        pytest.param(b"\xff", id="one byte"),
        pytest.param(b"\xff\xd8", id="a start and nothing else"),
        pytest.param(jpeg(), id="no exif"),
        pytest.param(jpeg(exif_block(0)), id="value 0"),
        pytest.param(jpeg(exif_block(9)), id="value 9"),
        pytest.param(jpeg(exif_block(65535)), id="value 65535"),
        pytest.param(jpeg(b"Exif\0\0"), id="empty block"),
        pytest.param(jpeg(exif_block(6)[:20]), id="cut before the tag"),
        pytest.param(jpeg(b"Exif\0\0II*\0\xff\xff\xff\xff"), id="directory beyond the file"),
        pytest.param(jpeg(b"Exif\0\0II*\0\x00\x00\x00\x80"), id="directory at a negative place"),
        pytest.param(jpeg(b"Exif\0\0II*\0\x08\0\0\0\xff\xff"), id="65535 entries, none there"),
        pytest.param(b"\xff\xd8\xff\xe1\xff\xffExif\0\0II*\0", id="segment longer than the file"),
        pytest.param(b"\xff\xd8" + b"\xff\xe0\0\0" * 500, id="segments of length 0"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + exif_block(6), id="no JPEG"),
        pytest.param(b"<html>not a photo</html>", id="no image"),
    ],
)
def test_missing_and_damaged_metadata_leave_a_photo_as_it_is(data):
    assert in_graph(data).numpy() == 1


def test_random_damage_to_the_block_never_raises():
    rng = np.random.default_rng(0)
    block = np.frombuffer(exif_block(6, tags_before=3), np.uint8)
    for _ in range(100):
        damaged = block.copy()
        damaged[rng.integers(6, len(block), 4)] = rng.integers(0, 256, 4)
        assert 1 <= int(in_graph(jpeg(damaged.tobytes()))) <= 8

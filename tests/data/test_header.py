import zlib

import pytest
from PIL import Image

from effnetv2_keras.data.header import HEADER_ERRORS, Header, header_error, read_header

SQUARE = Image.new("RGB", (40, 30), (200, 30, 30))


def save(path, picture=SQUARE, **options):
    picture.save(path, **options)
    return path


def rotated(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


@pytest.mark.parametrize("value", range(1, 9))
def test_headers_tell_stored_size_and_orientation(tmp_path, value):
    assert read_header(save(tmp_path / "1.jpg", exif=rotated(value))) == Header(30, 40, value, "JPEG")


def test_photos_of_two_pictures_are_taken_as_jpeg(tmp_path):
    path = save(tmp_path / "1.jpg", format="MPO", save_all=True, append_images=[SQUARE], exif=rotated(6))
    assert read_header(path) == Header(30, 40, 6, "MPO")


def test_only_a_jpeg_has_an_orientation_as_in_the_decoder(tmp_path):
    assert read_header(save(tmp_path / "1.png", exif=rotated(6))) == Header(30, 40, 1, "PNG")


@pytest.mark.parametrize(
    "block",
    [b"Exif\0\0", b"Exif\0\0nonsense", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"],
    ids=["empty", "nonsense", "directory beyond", "entries beyond"],
)
def test_a_damaged_exif_block_does_not_cost_the_photo(tmp_path, block):
    assert read_header(save(tmp_path / "1.jpg", exif=block)) == Header(30, 40, 1, "JPEG")


def test_xmp_is_not_asked_for_the_orientation_as_in_the_decoder(tmp_path):
    path = save(tmp_path / "1.jpg", xmp=b'<x:xmpmeta tiff:Orientation="6"/>')
    assert read_header(path) == Header(30, 40, 1, "JPEG")


def test_bytes_are_read_as_files_are(tmp_path):
    path = save(tmp_path / "1.webp")
    assert read_header(path.read_bytes()) == read_header(path) == Header(30, 40, 1, "WEBP")


def png_header(width, height):
    """The start of a PNG file: its signature, its header chunk and the begin of its pixels."""
    body = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    return (
        b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big") + b"\0\0\0\x10IDAT"
    )


def test_more_pixels_than_are_decoded_are_refused_from_the_header():
    bomb = png_header(12_000, 12_000)
    with pytest.raises(HEADER_ERRORS) as caught:
        read_header(bomb)
    assert header_error(bomb, caught.value) == "12000 x 12000 px: more than 89 million pixels"
    assert read_header(png_header(9000, 9000)).width == 9000


def test_what_pillow_takes_for_an_attack_is_refused_too():
    bomb = png_header(30_000, 30_000)
    with pytest.raises(HEADER_ERRORS) as caught:
        read_header(bomb)
    assert header_error(bomb, caught.value) == "more than 179 million pixels"

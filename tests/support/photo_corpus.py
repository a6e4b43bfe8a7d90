"""One file for each thing that goes wrong with photos, written at test time, with what has to come of it.

The rows are the faults F8 to F20 that the data room promises to survive. No file is kept in the repository.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

RNG = np.random.default_rng(7)
# sides are multiples of 32 px, so that the mean over an area is the same to everybody
PIXELS = np.kron(RNG.integers(0, 256, (8, 12, 3)), np.ones((8, 8, 1))).astype("uint8")  # (64, 96, 3)
PHOTO = Image.fromarray(PIXELS)
TURNED = Image.fromarray(PIXELS[::-1, ::-1])
LARGE = Image.fromarray(np.kron(RNG.integers(0, 256, (32, 40, 3)), np.ones((8, 8, 1))).astype("uint8"))
ALPHA = np.where(np.arange(96) < 48, 0, 255).astype("uint8")[None].repeat(64, 0)
VEILED = Image.fromarray(np.dstack([PIXELS, ALPHA]))
DEEP = RNG.integers(0, 65536, (64, 96)).astype("uint16")
ENDED = "cannot be decoded: truncated or damaged"


@dataclass(frozen=True)
class Case:
    """A file and what has to come of it.

    Args:
        name: of the file, the extension included.
        data: its bytes.
        findings: of `effnetv2 data check`, `--strict` included.
        reason: how the reason begins why it cannot be used; None where it can.
        pixels: (H, W, 3) uint8, upright, where Pillow's are not the reference.
        known_at_opening: whether the header alone gives a bad file away.
        tolerance: grey levels, on average, from the reference at its own size.
    """

    name: str
    data: bytes
    findings: frozenset[str] = frozenset()
    reason: str | None = None
    pixels: np.ndarray | None = None
    known_at_opening: bool = True
    tolerance: float = 0.0

    @property
    def is_good(self):
        """Whether it can be trained on."""
        return self.reason is None

    def reference(self):
        """The upright RGB pixels that it has to give, (H, W, 3) uint8."""
        if self.pixels is not None:
            return self.pixels
        with Image.open(io.BytesIO(self.data)) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def encode(picture, kind, **options):
    """The bytes of a picture as a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def rotated(value):
    """An EXIF block with an orientation."""
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def png_chunk(kind, body, crc=None):
    """One chunk of a PNG file; a wrong checksum where `crc` is given."""
    checksum = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def png(width, height, packed, colour=2, bits=8):
    """A PNG file of given dimensions around compressed pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def real_png_bomb(side):
    """A whole PNG of `side` x `side` px that is all of one colour: some hundred kilobytes."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + 3 * side)
    return png(side, side, b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()]))


def jpeg_header_bomb(side):
    """A JPEG that declares `side` x `side` px in front of a few bytes of pixels."""
    data = bytearray(encode(PHOTO, "JPEG"))
    at = data.index(b"\xff\xc0")  # start of frame: marker, length, precision, height, width
    data[at + 5 : at + 9] = struct.pack(">HH", side, side)
    return bytes(data)


def gif_bomb(side):
    """A GIF whose screen is small and whose one frame declares `side` x `side` px."""
    data = bytearray(encode(PHOTO.quantize(16), "GIF"))
    at = data.index(b"\x2c\0\0\0\0\x60\0")  # image descriptor: left, top, width 96
    data[at + 5 : at + 9] = struct.pack("<HH", side, side)
    return bytes(data)


def broken_crc(data):
    """A PNG of which one byte of the pixels' checksum is wrong."""
    at = data.index(b"IEND") - 8  # the checksum before the length of the last chunk
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def with_extraneous_bytes(data):
    """A JPEG with 26 bytes too many behind its scan; decoders read over them."""
    return data[:-2] + b"\x11" * 26 + data[-2:]


def with_bit_rot(data):
    """A JPEG of which 40 bytes inside the scan were overwritten."""
    middle = len(data) // 2
    return data[:middle] + b"\x5a" * 40 + data[middle + 40 :]


def _rows():
    jpeg, rot = encode(LARGE, "JPEG", quality=90), with_bit_rot(encode(LARGE, "JPEG", quality=90))
    few = PHOTO.quantize(16)
    heic, avif = (b"\0\0\0\x18ftyp" + kind + b"\0\0\0\0mif1miaf" + b"\0" * 64 for kind in (b"heic", b"avif"))

    def bad(name, data, finding, reason, *others, **more):
        return Case(name, data, frozenset({finding, *others}), reason, **more)

    def good(name, data, *findings, **more):
        return Case(name, data, frozenset(findings), **more)

    # F8: what is no photo, or no whole one
    yield bad("truncated.jpg", jpeg[: len(jpeg) // 2], "damaged", ENDED, known_at_opening=False)
    yield bad("no_end.jpg", jpeg[:-2], "damaged", ENDED, known_at_opening=False)
    yield bad("page.jpg", b"<!DOCTYPE html><html><body>404", "unreadable", "not an image: an HTML page")
    yield bad("zero.jpg", b"", "unreadable", "empty file")
    yield bad("three_bytes.jpg", b"\xff\xd8\xff", "damaged", f"{ENDED} (JPEG)")
    yield bad("crc.png", broken_crc(encode(PHOTO, "PNG")), "damaged", ENDED, known_at_opening=False)
    tiff = encode(PHOTO, "TIFF")
    yield bad("tiff.jpg", tiff, "unreadable", "TIFF images cannot be decoded here", "wrong extension")
    yield bad("heic.jpg", heic, "unreadable", "a HEIC image")
    yield bad("avif.jpg", avif, "unreadable", "an AVIF image")
    # F10: decodes, and is not what was saved
    yield good("extraneous.jpg", with_extraneous_bytes(jpeg), "complaint")
    yield good("bit_rot.jpg", rot)  # seen by a checksum only
    # F11 to F15: how pixels are stored
    yield good("plain.jpg", jpeg)
    yield good("progressive.jpg", encode(PHOTO, "JPEG", progressive=True))
    yield good("grey.jpg", encode(PHOTO.convert("L"), "JPEG"))
    yield good("cmyk.jpg", encode(PHOTO.convert("CMYK"), "JPEG"), "CMYK", tolerance=1.0)
    yield good("png_named.jpg", encode(PHOTO, "PNG"), "wrong extension")
    deep = np.repeat((DEEP >> 8).astype("uint8")[..., None], 3, axis=2)
    yield good("sixteen.png", encode(Image.fromarray(DEEP), "PNG"), "16-bit", pixels=deep)
    yield good("palette.png", encode(few, "PNG"))
    yield good("palette_alpha.png", encode(few, "PNG", transparency=3), "alpha")
    yield good("grey_alpha.png", encode(VEILED.convert("LA"), "PNG"), "alpha")
    yield good("one_bit.png", encode(PHOTO.convert("1"), "PNG"))
    yield good("alpha.png", encode(VEILED, "PNG"), "alpha", pixels=PIXELS)  # what lies below shows
    yield good("palette.bmp", encode(few, "BMP"), "palette BMP")
    yield good("plain.bmp", encode(PHOTO, "BMP"))
    # F16, F17: moving pictures
    moving = {"save_all": True, "append_images": [TURNED.quantize(16)]}
    yield good("moving.gif", encode(few, "GIF", **moving), "animated")
    moving = {"save_all": True, "append_images": [TURNED], "lossless": True}
    yield good("moving.webp", encode(PHOTO, "WEBP", **moving), "animated", pixels=PIXELS)
    veiled = encode(VEILED, "WEBP", lossless=True, exact=True)
    yield good("alpha.webp", veiled, "alpha", pixels=PIXELS)
    # F18: lying photos
    for value in range(1, 9):
        told = ("EXIF-rotated",) if value > 1 else ()
        yield good(f"exif_{value}.jpg", encode(PHOTO, "JPEG", quality=95, exif=rotated(value)), *told)
    # F19, F20: very small and very large ones
    yield good("tiny.png", encode(PHOTO.crop((0, 0, 1, 1)), "PNG"), "tiny")
    limit = "more than 179 million pixels"
    yield bad("header_bomb.png", png(30_000, 30_000, zlib.compress(b"\0" * 100)), "too large", limit)
    yield bad("header_bomb.jpg", jpeg_header_bomb(30_000), "too large", limit)
    yield bad("bomb.gif", gif_bomb(30_000), "too large", limit)
    yield bad("bomb.png", real_png_bomb(12_000), "too large", "12000 x 12000 px: more than 89 million pixels")


CORPUS = {case.name: case for case in _rows()}
IGNORED = {".heic": 2, ".tif": 1}  # F9: extensions that a folder of images is not searched for


def write_corpus(folder):
    """Writes a folder of two classes: `odd` with the corpus, `plain` with twelve photos that nothing is wrong with."""
    (folder / "odd").mkdir(parents=True)
    (folder / "plain").mkdir()
    for case in CORPUS.values():
        (folder / "odd" / case.name).write_bytes(case.data)
    for name in ("1.heic", "2.heic", "3.tif"):
        (folder / "odd" / name).touch()
    for number in range(12):
        Image.fromarray(np.roll(PIXELS, number + 1, axis=1)).save(folder / "plain" / f"{number:02d}.png")
    return folder

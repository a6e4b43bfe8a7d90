"""What the header of an image file tells without decoding it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from effnetv2_keras.data.file_kind import DAMAGED, kind_of
from effnetv2_keras.data.quiet_pillow import WITHOUT_WARNINGS

FORMATS = ("JPEG", "MPO", "PNG", "BMP", "GIF", "WEBP")  # what TensorFlow decodes; MPO is a JPEG with a second picture
JPEG_FORMATS = ("JPEG", "MPO")
MAX_PIXELS = 89_478_485  # where Pillow warns of a decompression bomb: 256 MiB of RGB
TOO_LARGE = "million pixels"  # how the reason ends where an image has more than `MAX_PIXELS`
ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class Header:
    """An image as its file stores it.

    Args:
        height: px.
        width: px.
        orientation: EXIF's, 1..8.
        format: one of `FORMATS`.
    """

    height: int
    width: int
    orientation: int
    format: str


class NotDecodedHere(ValueError):
    """An image that is whole, for all its header tells, and not decoded all the same."""


def read_header(source: Path | bytes) -> Header:
    """Reads the header of an image file or of its bytes.

    Raises:
        OSError: if it is no image that Pillow knows.
        NotDecodedHere: if it is one that is not decoded here, or a larger one than is.
    """
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    with WITHOUT_WARNINGS, Image.open(opened) as image:  # of EXIF blocks that it skips
        return header_of(image)


def header_of(image: Image.Image) -> Header:
    """Returns the header of an image that Pillow has opened.

    Raises:
        NotDecodedHere: if it is of another format, or too large.
    """
    kind = str(image.format)
    if kind not in FORMATS:
        raise NotDecodedHere(f"{kind} images cannot be decoded here; {', '.join(FORMATS)} can")
    if image.width * image.height > MAX_PIXELS:
        raise NotDecodedHere(f"{image.width} x {image.height} px: more than {MAX_PIXELS / 1e6:.0f} {TOO_LARGE}")
    orientation = _orientation(image.info.get("exif", b"")) if kind in JPEG_FORMATS else 1
    return Header(image.height, image.width, orientation, kind)


def header_error(source: Path | bytes, error: Exception) -> str:
    """Says why `read_header` failed, in a few words."""
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {2 * MAX_PIXELS / 1e6:.0f} {TOO_LARGE}"
    strerror = getattr(error, "strerror", None)
    if strerror:
        return str(strerror)
    if isinstance(error, Image.UnidentifiedImageError):
        return kind_of(source if isinstance(source, bytes) else source.read_bytes())
    return str(error) if isinstance(error, NotDecodedHere) else f"{DAMAGED} ({error})"


HEADER_ERRORS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)  # what read_header may raise


def _orientation(exif_block: bytes) -> int:
    """Returns what the EXIF block says, 1 where it is damaged; XMP is not asked, as the decoder does not either."""
    exif = Image.Exif()
    try:
        exif.load(exif_block)
        value = exif.get(ORIENTATION_TAG, 1)
    except Exception:  # Pillow raises what its parser runs into
        return 1
    return value if value in range(1, 9) else 1

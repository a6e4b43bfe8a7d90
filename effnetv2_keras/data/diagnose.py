"""Says in a few words why the bytes of a file are no photo that can be read."""

from __future__ import annotations

import io
import warnings

from PIL import Image

# fmt: off
#   first bytes                      at  what it is
SIGNS = (
    (b"ftypheic",                    4,  "a HEIC image, which cannot be decoded here: convert it to JPEG"),
    (b"ftypheix",                    4,  "a HEIC image, which cannot be decoded here: convert it to JPEG"),
    (b"ftypmif1",                    4,  "a HEIF image, which cannot be decoded here: convert it to JPEG"),
    (b"ftypavif",                    4,  "an AVIF image, which cannot be decoded here: convert it to JPEG"),
    (b"II*\0",                       0,  "a TIFF image, which cannot be decoded here: convert it to JPEG or PNG"),
    (b"MM\0*",                       0,  "a TIFF image, which cannot be decoded here: convert it to JPEG or PNG"),
    (b"\0\0\0\x0cJXL ",              0,  "a JPEG XL image, which cannot be decoded here: convert it to JPEG"),
    (b"\xff\x0a",                    0,  "a JPEG XL image, which cannot be decoded here: convert it to JPEG"),
    (b"%PDF",                        0,  "a PDF document"),
    (b"PK\x03\x04",                  0,  "a zip archive"),
    (b"version https://git-lfs",     0,  "a Git LFS pointer: run `git lfs pull`"),
)
# fmt: on
DAMAGED = "cannot be decoded: truncated or damaged"


def kind_of(data: bytes) -> str:
    """Names what `data` is where it is no image file that can be read."""
    if not data:
        return "empty file"
    for sign, at, name in SIGNS:
        if data[at : at + len(sign)] == sign:
            return name
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "not an image: an HTML page"
    return "not an image"


def diagnose(data: bytes) -> str:
    """Says why `data` cannot be decoded, for a file that a decoder has refused."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as image:
            kind = image.format
            image.load()
    except Image.UnidentifiedImageError:
        return kind_of(data)
    except Image.DecompressionBombError:
        return "too many pixels"
    except Exception as error:  # Pillow raises what its parsers run into
        return f"{DAMAGED} ({error})"
    return f"{DAMAGED} ({kind})"

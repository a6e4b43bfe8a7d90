"""Names what the first bytes of a file say it is, where that is no image that is decoded here."""

from __future__ import annotations

DAMAGED = "cannot be decoded: truncated or damaged"
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
    (b"\xff\xd8\xff",                 0,  f"{DAMAGED} (JPEG)"),
    (b"\x89PNG",                     0,  f"{DAMAGED} (PNG)"),
    (b"%PDF",                        0,  "a PDF document"),
    (b"PK\x03\x04",                  0,  "a zip archive"),
    (b"version https://git-lfs",     0,  "a Git LFS pointer: run `git lfs pull`"),
)
# fmt: on


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

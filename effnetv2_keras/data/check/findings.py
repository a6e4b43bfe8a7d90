"""What is worth a look about an image, and what becomes of it in training: one row a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from effnetv2_keras.configs.rules import SMALLEST_IMAGE
from effnetv2_keras.data.check.look import Look
from effnetv2_keras.data.file_kind import DAMAGED
from effnetv2_keras.data.header import JPEG_FORMATS, TOO_LARGE

HUGE = 25_000_000  # px, more than most cameras take
EXTENSIONS = {
    ".jpg": JPEG_FORMATS,
    ".jpeg": JPEG_FORMATS,
    ".png": ("PNG",),
    ".bmp": ("BMP",),
    ".gif": ("GIF",),
    ".webp": ("WEBP",),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One image of a source.

    Args:
        part: "train", "validation" or "test"; "all" where the source has no splits; "" for what could not be listed.
        index: of the image in its part.
        location: what it is called in messages.
        labels: class numbers.
        look: what the image turned out to be.
        has_wrong_label: whether a label is no class number.
        is_changed: whether the source keeps another checksum for it.
    """

    part: str
    index: int
    location: str
    labels: tuple[int, ...]
    look: Look
    has_wrong_label: bool = False
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of suspicious image.

    Args:
        name: what it is called.
        meaning: what is the matter.
        training: what happens to such an image in training.
        applies: tells whether an image is one.
    """

    name: str
    meaning: str
    training: str
    applies: Callable[[Row], bool]


def is_damaged(row: Row) -> bool:
    """Tells an image whose bytes end early or are wrong."""
    return row.look.status.startswith(DAMAGED)


def is_too_large(row: Row) -> bool:
    """Tells an image with more pixels than are decoded."""
    return row.look.status.endswith(TOO_LARGE)


def is_unreadable(row: Row) -> bool:
    """Tells what is no image that is decoded here, for other reasons."""
    return not (row.look.is_ok or is_damaged(row) or is_too_large(row))


def has_wrong_extension(row: Row) -> bool:
    """Tells a file whose name promises another format; records of shards have no names that promise one."""
    promised = EXTENSIONS.get(PurePath(row.location).suffix.lower())
    return promised is not None and bool(row.look.header.format) and row.look.header.format not in promised


def is_tiny(row: Row) -> bool:
    """Tells an image with a side shorter than the smallest that is trained on."""
    return row.look.is_ok and min(row.look.header.height, row.look.header.width) < SMALLEST_IMAGE


def is_huge(row: Row) -> bool:
    """Tells an image that takes long to decode."""
    return row.look.is_ok and row.look.header.height * row.look.header.width > HUGE


def is_palette_bmp(row: Row) -> bool:
    """Tells a BMP with a table of colours."""
    return row.look.is_ok and row.look.header.format == "BMP" and row.look.mode == "P"


# fmt: off
#        name                 what is the matter                                      what training does
FINDINGS = (
    Finding("unreadable",     "No image, or of a format that is not decoded here.",
            "Left out and named.",                                                    is_unreadable),
    Finding("damaged",        "Cut off, or with wrong bytes inside.",
            "Left out and named.",                                                    is_damaged),
    Finding("too large",      "More than 89 million pixels: most likely made to fill memory.",
            "Left out and named, before memory is taken.",                            is_too_large),
    Finding("wrong label",    "A label that is no class number.",
            "Training does not start.",                                               lambda row: row.has_wrong_label),
    Finding("changed",        "Its bytes are not those that the source keeps a checksum of.",
            "Used as it is.",                                                         lambda row: row.is_changed),
    Finding("complaint",      "libjpeg decodes it and complains: part of the picture may be rubbish.",
            "Used as it is.",                                              lambda row: bool(row.look.complaint)),
    Finding("wrong extension", "Another format than the name says.",
            "Used by what it is, not by its name.",                                   has_wrong_extension),
    Finding("tiny",           f"A side shorter than {SMALLEST_IMAGE} px.",
            "Used, enlarged many times.",                                             is_tiny),
    Finding("huge",           "More than 25 million pixels.",
            "Used; decoding it takes long. `data build --pyramid` shrinks it once.",  is_huge),
    Finding("EXIF-rotated",   "Stored lying or mirrored, with a tag that says so.",
            "Turned upright, here, in exports and in serving.", lambda row: row.look.header.orientation != 1),
    Finding("CMYK",           "Four inks in place of three colours.",
            "Converted to RGB, up to a grey level from what Pillow gives.", lambda row: row.look.mode == "CMYK"),
    Finding("palette BMP",    "A BMP with a table of colours.",
            "Its colours are looked up; TensorFlow alone would show their numbers.",  is_palette_bmp),
    Finding("16-bit",         "65536 levels a colour.",
            "The upper eight bits are used.",                                  lambda row: row.look.bits == 16),
    Finding("animated",       "Several pictures in one file.",
            "The first is used.",                                              lambda row: row.look.is_animated),
    Finding("alpha",          "Transparent places.",
            "Transparency is dropped: the colours below it show.",             lambda row: row.look.has_alpha),
)
# fmt: on

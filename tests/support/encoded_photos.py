"""Encoded photos of different sizes and formats, to be found again byte by byte."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def encoded_photo(number, format="JPEG", orientation=1):
    """Returns a noisy photo of its own, 20 px high and 20 + `number` px wide."""
    pixels = np.random.default_rng(number).integers(0, 256, (20, 20 + number, 3), np.uint8)
    file, exif = io.BytesIO(), Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
    Image.fromarray(pixels).save(file, format, exif=exif)
    return file.getvalue()


def encoded_photos(count):
    """Returns `count` photos: mostly JPEG, each fourth a PNG."""
    return [encoded_photo(number, "PNG" if number % 4 == 3 else "JPEG") for number in range(count)]

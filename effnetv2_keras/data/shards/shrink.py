"""Copies of a photo as shards hold them: upright, and at smaller sizes."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from effnetv2_keras.data.header import Header

QUALITY = 90  # of smaller copies
UPRIGHT_QUALITY = 95  # of photos that had to be turned


def upright_copy(data: bytes, header: Header, pixels: np.ndarray) -> tuple[bytes, Header]:
    """Returns a photo whose pixels are stored the right way up; one that is already is left as it is.

    Args:
        data: the photo's file.
        header: what it says.
        pixels: (H, W, 3) uint8, decoded and turned.
    """
    if header.orientation == 1:
        return data, header
    return _jpeg(Image.fromarray(pixels), UPRIGHT_QUALITY, subsampling=0)


def smaller_copy(data: bytes, header: Header, pixels: np.ndarray, side: int) -> tuple[bytes, Header]:
    """Returns a JPEG whose shorter side is `side` px; a photo that is no larger is left as it is.

    Args:
        data: the photo's file, upright.
        header: what it says.
        pixels: (H, W, 3) uint8, decoded and turned.
        side: px.
    """
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    if shorter <= side:
        return data, header
    size = (round(width * side / shorter), round(height * side / shorter))
    return _jpeg(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS), QUALITY)


def _jpeg(image: Image.Image, quality: int, **options: int) -> tuple[bytes, Header]:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, **options)
    return file.getvalue(), Header(image.height, image.width, 1, "JPEG")

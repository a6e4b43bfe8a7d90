"""Pixels that are in memory already."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


class Arrays:
    """Gives rows of an array as BMP files: nothing is lost, and making one costs little beside decoding a JPEG.

    Args:
        images: (N, H, W), (N, H, W, 1), (N, H, W, 3) or (N, H, W, 4) uint8; may be memory-mapped.
    """

    def __init__(self, images: np.ndarray) -> None:
        self.images = images

    def read(self, index: int) -> bytes:
        """Returns the image as the bytes of a BMP file; a fourth channel is dropped."""
        pixels = self.images[index]
        if pixels.ndim == 3 and pixels.shape[-1] == 1:
            pixels = pixels[..., 0]
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB").save(file, "BMP")
        return file.getvalue()

"""The pixels that a TFLite file takes, made with Pillow and NumPy alone: no TensorFlow where a phone's runtime is."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps

from effnetv2_keras.configs.preprocessing import CENTRE_MARGIN, DEFAULT, get_preprocessing


def read_pixels(data: bytes, image_size: int, preprocessing: str = DEFAULT) -> np.ndarray:
    """Returns what validation, a SavedModel and every predictor see of a photo, within rounding.

    Args:
        data: the bytes of an image file.
        image_size: S, px.
        preprocessing: as in `make_dataset`; `preprocessing.txt` in a TFLite file names it.

    Returns:
        (S, S, 3) uint8, upright.

    Raises:
        UsageError: for an unknown preprocessing.
        OSError: if it is no image that Pillow can read.
    """
    view = get_preprocessing(preprocessing).view
    photo = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    if not view.squeezes(image_size):
        side = max(int(image_size / (image_size + CENTRE_MARGIN) * min(photo.size)), 1)
        left, top = (photo.width - side + 1) // 2, (photo.height - side + 1) // 2
        photo = photo.crop((left, top, left + side, top + side))
    return np.asarray(photo.resize((image_size, image_size), Image.Resampling[view.interpolation.upper()]))

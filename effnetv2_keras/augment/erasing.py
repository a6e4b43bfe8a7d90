"""Operations that hide a part of each image."""

from __future__ import annotations

import keras
from keras import ops

from effnetv2_keras.augment.boxes import box_around

GREY = 128.0


def cutout(images: keras.KerasTensor, half: keras.KerasTensor, place: keras.KerasTensor) -> keras.KerasTensor:
    """Paints a square grey.

    Args:
        images: (B, H, W, 3), levels in [0, 255].
        half: (B,) float32, half the side in px, whole numbers.
        place: (B, 2) float32 in [0, 1), the centre in sides of the image. What sticks out is cut off.

    Source: DeVries & Taylor 2017.
    """
    shape = ops.shape(images)
    side = 2 * ops.cast(half, "int32")
    box = box_around(place, side, side, shape[1], shape[2])
    return ops.where(box.mask(shape[1], shape[2]), ops.cast(GREY, images.dtype), images)

"""What speaks for a class in images, place by place."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True, slots=True)
class Explained:
    """Maps of what speaks for a class, one an image.

    Attributes:
        maps: (B, h, w) float32, 0 or more, as coarse as they were computed.
        class_index: (B,) int, the class of each.
        scores: (B,) float32, its probability in [0, 1].
        image_size: (H, W) of the images, px.
        source: what the maps come from: a layer's name, or "occlusion".
    """

    maps: np.ndarray
    class_index: np.ndarray
    scores: np.ndarray
    image_size: tuple[int, int]
    source: str

    @property
    def heat(self) -> np.ndarray:
        """The maps at the images' size, (B, H, W) float32 in [0, 1]: 1 at each one's warmest place.

        All 0 where nothing speaks for the class.
        """
        large = np.asarray(keras.ops.image.resize(self.maps[..., None], self.image_size, interpolation="bilinear"))
        warmest = large.max(axis=(1, 2, 3), keepdims=True)
        return (large / np.where(warmest > 0, warmest, 1.0))[..., 0]

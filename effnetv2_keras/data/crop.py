"""Which part of a photo a training step sees: a random window, a pure function of uniform numbers."""

from __future__ import annotations

import numpy as np

from effnetv2_keras.configs.preprocessing import Crop


def draw_windows(sizes: np.ndarray, crop: Crop, uniforms: np.ndarray) -> np.ndarray:
    """Draws the window of a random-resized crop for each photo of a batch.

    As the released code draws it: an aspect, uniformly; then a height, uniformly among those that give an allowed
    area. So small windows are more frequent than where the area is drawn uniformly.

    Args:
        sizes: (B, 2) int, height and width of each photo in px.
        crop: the ranges.
        uniforms: (B, T, 4) float in [0, 1), the random numbers of T tries.

    Returns:
        (B, 4) int32: top, left, height, width. Where no try fits, what `crop.fallback` says.

    Source: facts 1.4; the operation SampleDistortedBoundingBox of TensorFlow, with the whole photo as the box.
    """
    high, wide = (sizes[:, i, None].astype(np.float64) for i in range(2))  # (B, 1)
    least_area = max(crop.area[0], crop.min_covered) * high * wide
    most_area = crop.area[1] * high * wide
    aspect = crop.aspect[0] + uniforms[..., 0] * (crop.aspect[1] - crop.aspect[0])  # (B, T)
    shortest = np.rint(np.sqrt(least_area / aspect))
    tallest = np.minimum(np.minimum(np.rint(np.sqrt(most_area / aspect)), np.floor((wide + 0.5) / aspect)), high)
    heights = np.minimum(shortest + np.floor(uniforms[..., 1] * (tallest - shortest + 1.0)), tallest)
    widths = np.rint(heights * aspect)
    heights = np.where(heights * widths < least_area, heights + 1.0, heights)  # rounding may have cost a row
    widths = np.rint(heights * aspect)
    area = heights * widths
    fits = (shortest <= tallest) & (heights >= 1) & (widths >= 1) & (heights <= high) & (widths <= wide)
    fits &= (area >= least_area) & (area <= np.maximum(most_area, least_area))
    rows = np.arange(len(sizes))
    first = fits.argmax(axis=1) if fits.shape[1] else np.zeros(len(sizes), np.int64)
    if fits.shape[1] == 0:
        return _fallback(sizes, crop)
    height, width = heights[rows, first], widths[rows, first]
    top = np.floor(uniforms[rows, first, 2] * (high[:, 0] - height + 1.0))
    left = np.floor(uniforms[rows, first, 3] * (wide[:, 0] - width + 1.0))
    drawn = np.stack([top, left, height, width], axis=1).astype(np.int32)
    return np.where(fits.any(axis=1)[:, None], drawn, _fallback(sizes, crop))


def _fallback(sizes: np.ndarray, crop: Crop) -> np.ndarray:
    high, wide = sizes[:, 0].astype(np.int64), sizes[:, 1].astype(np.int64)
    if crop.fallback == "whole":
        return np.stack([np.zeros_like(high), np.zeros_like(wide), high, wide], axis=1).astype(np.int32)
    height = np.maximum(np.minimum(high, (wide / crop.aspect[0]).astype(np.int64)), 1)
    width = np.maximum(np.minimum(wide, (high * crop.aspect[1]).astype(np.int64)), 1)
    return np.stack([(high - height) // 2, (wide - width) // 2, height, width], axis=1).astype(np.int32)

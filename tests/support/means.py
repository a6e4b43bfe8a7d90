"""The pixels that a resized image consists of, computed in NumPy."""

from __future__ import annotations

import numpy as np


def coverage(old, new):
    """How much of each of `old` pixels each of `new` pixels covers, (new, old), rows summing to 1."""
    edges = np.arange(new + 1) * old / new
    pixels = np.arange(old)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, 1) * new / old


def mean_square(pixels, size):
    """Shrinks (H, W, 3) to (size, size, 3): each new pixel the mean of the old ones, weighed by what it covers."""
    height, width = pixels.shape[:2]
    rows, columns = coverage(height, size), coverage(width, size)
    return np.einsum("sh,hwc,tw->stc", rows, pixels.astype(float), columns, optimize=True)


def neighbours(old, new):
    """How much each of `old` pixels counts where each of `new` pixels is drawn between its two neighbours."""
    centres = (np.arange(new) + 0.5) * old / new - 0.5
    return np.clip(1 - np.abs(centres[:, None] - np.arange(old)), 0, 1)


def between_neighbours(pixels, size):
    """Resizes (H, W, 3) to (size, size, 3), H and W at least `size`: each new pixel interpolated linearly."""
    rows, columns = (neighbours(old, size) for old in pixels.shape[:2])
    return np.einsum("sh,hwc,tw->stc", rows, pixels.astype(float), columns, optimize=True)

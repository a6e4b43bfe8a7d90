"""Heat maps as pictures: by themselves, and laid over what they explain."""

from __future__ import annotations

import numpy as np

COLOURS = "inferno"  # of matplotlib: from black over red to yellow, each step as far as the one before, in grey too
STRONGEST = 0.6  # share of the colour where it is warmest


def colour(heat: np.ndarray) -> np.ndarray:
    """Returns heat of any shape in [0, 1] as colours, the same shape and a last axis of 3, uint8."""
    from matplotlib import colormaps

    return colormaps[COLOURS](heat, bytes=True)[..., :3]


def overlay(images: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """Lays heat over images: the warmer a place, the more of its colour covers it; where it is cold the image stays.

    Args:
        images: (..., H, W, 3) in [0, 255], of any number type.
        heat: (..., H, W) in [0, 1], such as `Explained.heat`.

    Returns:
        (..., H, W, 3) uint8.
    """
    share = STRONGEST * np.asarray(heat, np.float32)[..., None]
    return np.rint((1 - share) * np.asarray(images, np.float32) + share * colour(heat)).astype(np.uint8)

"""Where a classifier looks, of which nothing is known but its answers: cover a place, and see what is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from effnetv2_keras.errors import UsageError
from effnetv2_keras.explain.class_choice import choose_classes
from effnetv2_keras.explain.explained import Explained

AT_ONCE = 32  # images that are scored together


def occlusion(
    score: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    class_index: int | Sequence[int] | None = None,
    patch: int | None = None,
    stride: int | None = None,
) -> Explained:
    """Shows where a class's probability falls when a square of the image's mean colour covers the place.

    It asks for nothing but answers, so a SavedModel, a TFLite file or a server will do. An image costs one question a
    place of the square: at most 64 with the defaults.

    Args:
        score: maps images (N, H, W, C) of the type of `images` to probabilities (N, K).
        images: (B, H, W, C) uint8 or float32.
        class_index: in [0, K), one for all images or one each; None for the best class of each.
        patch: px, side of the square, at least 1; None for a quarter of the image's shorter side.
        stride: px from one place to the next, at least 1; None for at most eight along a side.

    Returns:
        An `Explained` whose `.maps` (B, H, W) are the fall in probability, of a pixel the mean over all squares that
        covered it, 0 where it rose.

    Raises:
        UsageError: if a class is out of range, the square is larger than the image, or `patch` or `stride` is below 1.

    Source: Zeiler & Fergus 2014, section 4.2.
    """
    height, width = images.shape[1:3]
    patch = max(min(height, width) // 4, 1) if patch is None else patch
    stride = max(-((patch - max(height, width)) // 7), 1) if stride is None else stride
    if not 1 <= patch <= min(height, width) or stride < 1:
        raise UsageError(
            f"`patch` must be between 1 and {min(height, width)} px, `stride` at least 1. Got: {patch} and {stride}."
        )
    plain = _in_parts(score, images)
    chosen = choose_classes(class_index, plain)
    scores = np.take_along_axis(plain, chosen[:, None], axis=1)[:, 0]
    places = [(top, left) for top in _places(height, patch, stride) for left in _places(width, patch, stride)]
    maps = [_fall(score, image, places, patch, *one) for image, *one in zip(images, chosen, scores, strict=True)]
    return Explained(np.stack(maps), chosen, scores.astype(np.float32), (height, width), "occlusion")


def _fall(
    score: Callable[[np.ndarray], np.ndarray],
    image: np.ndarray,
    places: list[tuple[int, int]],
    patch: int,
    class_index: int,
    plain: float,
) -> np.ndarray:
    covered = np.repeat(image[None], len(places), axis=0)
    colour = image.mean(axis=(0, 1))
    for one, (top, left) in zip(covered, places, strict=True):
        one[top : top + patch, left : left + patch] = colour
    falls = plain - _in_parts(score, covered)[:, class_index]
    total, count = np.zeros((2, *image.shape[:2]), np.float32)
    for fall, (top, left) in zip(falls, places, strict=True):
        total[top : top + patch, left : left + patch] += fall
        count[top : top + patch, left : left + patch] += 1
    return np.maximum(total / np.maximum(count, 1), 0)


def _places(side: int, patch: int, stride: int) -> list[int]:
    """Returns where squares begin along a side: every `stride` px, and at its very end."""
    return [*range(0, side - patch, stride), side - patch]


def _in_parts(score: Callable[[np.ndarray], np.ndarray], images: np.ndarray) -> np.ndarray:
    return np.concatenate([np.asarray(score(images[at : at + AT_ONCE])) for at in range(0, len(images), AT_ONCE)])

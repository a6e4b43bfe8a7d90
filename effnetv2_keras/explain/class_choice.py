"""Which class of each image is explained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from effnetv2_keras.errors import UsageError


def choose_classes(class_index: int | Sequence[int] | None, scores: np.ndarray) -> np.ndarray:
    """Returns a class an image, (B,) int64: those asked for, or the best.

    Args:
        class_index: one for all, one each, or None.
        scores: (B, K).

    Raises:
        UsageError: if there are not B of them, or one is outside of [0, K).

    >>> choose_classes(None, np.array([[0.1, 0.9], [0.8, 0.2]])).tolist()
    [1, 0]
    """
    count, num_classes = scores.shape
    if class_index is None:
        return scores.argmax(axis=1)
    asked = np.asarray(class_index)
    if asked.ndim and asked.shape != (count,):
        raise UsageError(f"`class_index` must be one number, or one for each of {count} images. Got: {class_index!r}.")
    if not np.issubdtype(asked.dtype, np.integer) or asked.min() < 0 or asked.max() >= num_classes:
        raise UsageError(f"`class_index` must be between 0 and {num_classes - 1}. Got: {class_index!r}.")
    return np.broadcast_to(asked, count).astype(np.int64)

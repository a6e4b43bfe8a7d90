"""What augmentation refuses before it starts, in words."""

from __future__ import annotations

import keras
import numpy as np

from effnetv2_keras.augment.level import MAX_MAGNITUDE
from effnetv2_keras.errors import UsageError


def check_range(name: str, value: keras.KerasTensor | float, low: float, high: float) -> None:
    """Refuses a plain number outside [low, high]; what a tensor holds cannot be seen here.

    Raises:
        UsageError: with the name, the range and the value.
    """
    if isinstance(value, int | float | np.number) and not low <= value <= high:
        raise UsageError(f"`{name}` must be between {low:g} and {high:g}. Got: {value}.")


def check_strengths(
    magnitude: keras.KerasTensor | float, mixup: keras.KerasTensor | float, cutmix: keras.KerasTensor | float
) -> None:
    """Refuses plain numbers that no schedule could hold. Tensors outside the range count as its nearer end.

    Args:
        magnitude: 0 to 30.
        mixup: alpha, at least 0.
        cutmix: alpha, at least 0.

    Raises:
        UsageError: with the name, the range and the value.
    """
    check_range("magnitude", magnitude, 0.0, MAX_MAGNITUDE)
    check_range("mixup", mixup, 0.0, float("inf"))
    check_range("cutmix", cutmix, 0.0, float("inf"))


def check_images(images: keras.KerasTensor) -> None:
    """Refuses what is no batch of colour images.

    Raises:
        UsageError: if they are not (B, H, W, 3) with a known B.
    """
    if len(images.shape) != 4 or images.shape[0] is None or images.shape[3] != 3:
        raise UsageError(
            f"`images` must be (B, H, W, 3) with a known B; batch with `drop_remainder=True` and repeat the channel of "
            f"grey images. Got: {tuple(images.shape)}."
        )


def check_labels(labels: keras.KerasTensor, count: int) -> None:
    """Refuses labels that cannot be mixed.

    Args:
        labels: what should be float rows (B, K).
        count: B.

    Raises:
        UsageError: if they are not.
    """
    kind = keras.backend.standardize_dtype(labels.dtype)
    if len(labels.shape) != 2 or labels.shape[0] not in (count, None) or "float" not in kind:
        raise UsageError(
            f"`labels` must be float rows (B, K) with B = {count}; `keras.ops.one_hot` turns integer labels into rows. "
            f"Got: {kind} {tuple(labels.shape)}."
        )

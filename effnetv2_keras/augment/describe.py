"""Says in words what a draw does to each image."""

from __future__ import annotations

import numpy as np
from keras import ops

from effnetv2_keras.augment.auto_augment import POLICY_V0, PolicyDraw
from effnetv2_keras.augment.operations import get_operations
from effnetv2_keras.augment.pipeline import Augmentation, AugmentDraw
from effnetv2_keras.augment.rand_augment import LayerDraw


def describe_operations(augmentation: Augmentation, draw: AugmentDraw, magnitude: float) -> list[list[str]]:
    """Names the operations that each image gets, in their order.

    Args:
        augmentation: which made the draw.
        draw: for B images, of plain values (not inside a compiled function).
        magnitude: of RandAugment; 0 is off.

    Returns:
        A list of names an image; flips, cutout, erasing, mixing and layers of others are not among them.
    """
    if isinstance(draw.policy, PolicyDraw):
        return _acting(draw.policy)
    names = [row.name for row in get_operations(augmentation.operations, augmentation.mode)]
    layers: list[LayerDraw] = list(draw.policy) if magnitude > 0 else []
    choices = [_numpy(layer.operation) for layer in layers]
    return [[names[choice[image]] for choice in choices] for image in range(draw.flip.shape[0])]


def _acting(draw: PolicyDraw) -> list[list[str]]:
    """Of each image's pair of AutoAugment, names those that chance lets act."""
    chances = np.stack([_numpy(step.chance) for step in draw.steps], axis=1)
    return [
        [name for (name, probability, _), chance in zip(POLICY_V0[choice], row, strict=True) if chance < probability]
        for choice, row in zip(_numpy(draw.choice), chances, strict=True)
    ]


def _numpy(field: object) -> np.ndarray:
    return ops.convert_to_numpy(field)

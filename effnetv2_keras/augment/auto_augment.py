"""AutoAugment: each image gets one of 25 searched pairs of operations."""

from __future__ import annotations

from typing import NamedTuple

import keras
from keras import ops

from effnetv2_keras.augment.grouping import apply_grouped
from effnetv2_keras.augment.level import Level
from effnetv2_keras.augment.operations import get_operations
from effnetv2_keras.augment.randomness import draw_sign, spread, uniform

# fmt: off
# Policy v0, one sub-policy a line: name, probability, magnitude of the first operation, then of the second.
# Source: `efficientnetv2/autoaugment.py` of google/automl; EfficientNet V1 and V2-B0 to B3 were trained with it.
POLICY_V0 = (
    (("Equalize",  0.8, 1), ("ShearY",       0.8, 4)),
    (("Color",     0.4, 9), ("Equalize",     0.6, 3)),
    (("Color",     0.4, 1), ("Rotate",       0.6, 8)),
    (("Solarize",  0.8, 3), ("Equalize",     0.4, 7)),
    (("Solarize",  0.4, 2), ("Solarize",     0.6, 2)),
    (("Color",     0.2, 0), ("Equalize",     0.8, 8)),
    (("Equalize",  0.4, 8), ("SolarizeAdd",  0.8, 3)),
    (("ShearX",    0.2, 9), ("Rotate",       0.6, 8)),
    (("Color",     0.6, 1), ("Equalize",     1.0, 2)),
    (("Invert",    0.4, 9), ("Rotate",       0.6, 0)),
    (("Equalize",  1.0, 9), ("ShearY",       0.6, 3)),
    (("Color",     0.4, 7), ("Equalize",     0.6, 0)),
    (("Posterize", 0.4, 6), ("AutoContrast", 0.4, 7)),
    (("Solarize",  0.6, 8), ("Color",        0.6, 9)),
    (("Solarize",  0.2, 4), ("Rotate",       0.8, 9)),
    (("Rotate",    1.0, 7), ("TranslateY",   0.8, 9)),
    (("ShearX",    0.0, 0), ("Solarize",     0.8, 4)),
    (("ShearY",    0.8, 0), ("Color",        0.6, 4)),
    (("Color",     1.0, 0), ("Rotate",       0.6, 2)),
    (("Equalize",  0.8, 4), ("Equalize",     0.0, 8)),
    (("Equalize",  1.0, 4), ("AutoContrast", 0.6, 2)),
    (("ShearY",    0.4, 7), ("SolarizeAdd",  0.6, 7)),
    (("Posterize", 0.8, 2), ("Solarize",     0.6, 10)),
    (("Solarize",  0.6, 8), ("Equalize",     0.6, 1)),
    (("Color",     0.8, 6), ("Rotate",       0.4, 5)),
)
# fmt: on


class StepDraw(NamedTuple):
    """The random numbers of one of the two operations; one entry an image."""

    chance: keras.KerasTensor  # (B,) float32 in [0, 1): acts if below the operation's probability
    sign: keras.KerasTensor  # (B,) float32, -1 or 1
    place: keras.KerasTensor  # (B, 2) float32 in [0, 1)


class PolicyDraw(NamedTuple):
    """The random numbers of one batch."""

    choice: keras.KerasTensor  # (B,) int32, the line of the policy
    steps: tuple[StepDraw, ...]


def draw_policy(count: int, seed: keras.random.SeedGenerator) -> PolicyDraw:
    """Draws for a batch of `count` images; the lines are spread evenly over it (`randomness.spread`)."""
    steps = tuple(
        StepDraw(uniform((count,), seed), draw_sign(count, seed), uniform((count, 2), seed)) for _ in POLICY_V0[0]
    )
    return PolicyDraw(spread(count, len(POLICY_V0), seed), steps)


def auto_augment(images: keras.KerasTensor, draw: PolicyDraw) -> keras.KerasTensor:
    """Applies to each image its line of policy v0, with the strengths of the released code.

    Args:
        images: (B, H, W, 3) uint8.
        draw: from `draw_policy`.

    Returns:
        Images of the same shape, uint8.

    Source: Cubuk et al. 2019.
    """
    height, width = ops.shape(images)[1:3]
    for column, step in zip(zip(*POLICY_V0, strict=True), draw.steps, strict=True):
        names, probabilities, magnitudes = zip(*column, strict=True)
        operations = get_operations(dict.fromkeys(names), mode="autoaugment")
        numbers = {operation.name: number for number, operation in enumerate(operations)}
        level = Level(per_line(magnitudes, draw.choice), step.sign, step.place, height, width)
        group = ops.take(ops.convert_to_tensor([numbers[name] for name in names], dtype="int32"), draw.choice)
        room = [most(images.shape[0], names.count(operation.name)) for operation in operations]
        changed = apply_grouped(images, group, level, operations, room)
        acts = step.chance < per_line(probabilities, draw.choice)
        images = ops.where(ops.reshape(acts, (-1, 1, 1, 1)), changed, images)
    return images


def per_line(column: tuple[float, ...], choice: keras.KerasTensor) -> keras.KerasTensor:
    """Looks up each image's entry of a column of the policy.

    Args:
        column: a number a line.
        choice: (B,) int32, the line of each image.

    Returns:
        (B,) float32.
    """
    return ops.take(ops.convert_to_tensor(column, dtype="float32"), choice)


def most(count: int, lines: int) -> int:
    """Returns how many of `count` images can at most draw one of `lines` lines."""
    return min(count, lines * -(-count // len(POLICY_V0)))

"""MixUp and CutMix: each image is mixed with another of its batch, and so are the labels."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from effnetv2_keras.augment.boxes import box_around
from effnetv2_keras.augment.randomness import shuffled, uniform


class MixDraw(NamedTuple):
    """The random numbers of one batch; one entry an image. They do not depend on the alphas."""

    partner: keras.KerasTensor  # (B,) int32: the image it is mixed with, never itself unless B is 1
    turn: keras.KerasTensor  # (B,) float32 in (0, 1), evenly spread: CutMix if below its share
    spread: keras.KerasTensor  # (B,) float32 in [0, 1): see `symmetric_beta`
    angle: keras.KerasTensor  # (B,) float32 in [0, 1): see `symmetric_beta`
    place: keras.KerasTensor  # (B, 2) float32 in [0, 1): centre of the CutMix box


def draw_mix(count: int, seed: keras.random.SeedGenerator) -> MixDraw:
    """Draws for a batch of `count` images."""
    distance = keras.random.randint((), 0, max(count - 1, 1), dtype="int32", seed=seed) + 1
    return MixDraw(
        partner=(ops.arange(count, dtype="int32") + distance) % count,
        turn=(ops.cast(shuffled(count, seed), "float32") + 0.5) / count,
        spread=uniform((count,), seed),
        angle=uniform((count,), seed),
        place=uniform((count, 2), seed),
    )


def mix(
    images: keras.KerasTensor,
    labels: keras.KerasTensor,
    draw: MixDraw,
    *,
    mixup: keras.KerasTensor | float,
    cutmix: keras.KerasTensor | float,
    cutmix_share: float = 0.5,
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Mixes each image with its partner, by MixUp or by CutMix.

    MixUp keeps the larger weight on the image itself. CutMix weighs the labels by the pixels that each image's box
    really covers (the released code takes the mean over the batch).

    Args:
        images: (B, H, W, C) float32.
        labels: (B, K) float32, rows sum to 1.
        draw: from `draw_mix`.
        mixup: alpha of MixUp's Beta(alpha, alpha), a number or a scalar tensor; 0 is off.
        cutmix: the same for CutMix.
        cutmix_share: part of the batch that gets CutMix when both are on, in [0, 1].

    Returns:
        Images and labels of the same shapes.

    Source: Zhang et al. 2018, eq. 1; Yun et al. 2019, section 3.1; both in one batch as in EfficientNetV2.
    """
    mixup, cutmix = ops.cast(mixup, "float32"), ops.cast(cutmix, "float32")
    return ops.cond(
        ops.maximum(mixup, cutmix) > 0,
        lambda: blend_partners(images, labels, draw, mixup, cutmix, cutmix_share),
        lambda: (images, labels),
    )


def blend_partners(
    images: keras.KerasTensor,
    labels: keras.KerasTensor,
    draw: MixDraw,
    mixup: keras.KerasTensor,
    cutmix: keras.KerasTensor,
    cutmix_share: float,
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Does what `mix` says, for alphas of which at least one is above 0."""
    shape = ops.shape(images)
    height, width = shape[1], shape[2]
    share = ops.where(cutmix > 0, ops.where(mixup > 0, cutmix_share, 1.0), 0.0)
    cuts = draw.turn < share
    own = symmetric_beta(ops.where(cuts, cutmix, mixup), draw.spread, draw.angle)

    side = ops.where(cuts, ops.sqrt(1.0 - own), 0.0)
    tall, wide = (ops.cast(ops.floor(side * ops.cast(length, "float32")), "int32") for length in (height, width))
    box = box_around(draw.place, tall, wide, height, width)
    covered = ops.cast(box.area(), "float32") / ops.cast(height * width, "float32")

    faded = ops.where(cuts, 0.0, ops.minimum(own, 1.0 - own))[:, None, None, None]
    return (
        towards_partner(images, draw.partner, ops.where(box.mask(height, width), 1.0, faded)),
        towards_partner(labels, draw.partner, ops.where(cuts, covered, faded[:, 0, 0, 0])[:, None]),
    )


def towards_partner(
    values: keras.KerasTensor, partner: keras.KerasTensor, weight: keras.KerasTensor
) -> keras.KerasTensor:
    """Moves each entry of a batch towards its partner's, by `weight` in [0, 1].

    Args:
        values: (B, ...) float32.
        partner: (B,) int32, the place of each one's partner.
        weight: (B, ...) float32 in [0, 1], of the partner.
    """
    return values + (ops.take(values, partner, axis=0) - values) * weight


def symmetric_beta(alpha: keras.KerasTensor, spread: keras.KerasTensor, angle: keras.KerasTensor) -> keras.KerasTensor:
    """Turns two uniform numbers into one of Beta(alpha, alpha), exactly and without rejection.

    `keras.random.beta` gives 0.5, the strongest mix, for alpha 0, and has no XLA kernel on TensorFlow.

    Args:
        alpha: (B,) float32; 0 gives 1, the limit that changes nothing.
        spread: (B,) float32 in [0, 1).
        angle: (B,) float32 in [0, 1).

    Returns:
        (B,) float32 in [0, 1].

    Source: Bailey 1994 draws Student's t with 2 alpha degrees of freedom as sqrt(2 alpha (u ** (-1 / alpha) - 1)) cos(2
    pi v); t / sqrt(2 alpha + t ** 2) is then 2 b - 1 for b of Beta(alpha, alpha).
    """
    on = alpha > 0
    exponent = -ops.log(1.0 - spread) / ops.where(on, alpha, 1.0)
    cosine = ops.cos(2.0 * np.pi * angle)
    radius = ops.exp(-exponent)  # u ** (1 / alpha): small where the draw is far from 1 / 2
    part = (1.0 - radius) * ops.square(cosine)
    offset = ops.sign(cosine) * ops.sqrt(part / ops.maximum(part + radius, 1e-30))
    return ops.where(on, 0.5 + 0.5 * offset, 1.0)

"""Samples of an augmentation, for people to look at before they trust it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from keras import ops

from effnetv2_keras.augment.describe import describe_operations
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.configs.schedule import Phase


class Samples(NamedTuple):
    """What one phase makes of the pictures."""

    images: np.ndarray  # (columns, image_size, image_size, 3) uint8
    captions: tuple[str, ...]  # the operations of each, and how much of another picture is mixed in


def augment_samples(
    images: Sequence[np.ndarray],
    phases: Iterable[Phase],
    columns: int = 8,
    augmentation: Augmentation | None = None,
    seed: int = 0,
) -> list[Samples]:
    """Shows what each phase does to `images`.

    Args:
        images: one or more pictures (H, W, 3) uint8 of any size. They are cut to a square in the middle and shrunk to
            the phase's size; with one picture, MixUp and CutMix mix it with other draws of itself.
        phases: a schedule's `phases`; a setting that is None counts as off.
        columns: draws a phase.
        augmentation: what is done; by default flip and RandAugment.
        seed: of the draws; each phase gets its own.

    Returns:
        The samples of each phase.

    Raises:
        UsageError: if a phase or a picture is out of what `Augmentation.apply` takes.
    """
    augment = augmentation or Augmentation()
    rows = []
    for phase in phases:
        size = (phase.image_size, phase.image_size)
        small = [ops.image.resize(image, size, antialias=True, crop_to_aspect_ratio=True) for image in images]
        order = np.arange(columns)
        if phase.mixup or phase.cutmix:
            np.random.default_rng((seed, phase.index)).shuffle(order)  # so that unlike pictures are mixed
        batch = ops.stack([ops.cast(small[place % len(small)], "float32") for place in order])
        strengths = {
            "magnitude": phase.randaugment or 0.0,
            "mixup": phase.mixup or 0.0,
            "cutmix": phase.cutmix or 0.0,
        }
        draw = augment.draw(columns, StepSeed(seed, phase.index))
        samples, labels = augment.apply(batch, ops.eye(columns), draw, **strengths)
        pixels = ops.convert_to_numpy(ops.cast(ops.clip(samples + 0.5, 0.0, 255.0), "uint8"))
        names = describe_operations(augment, draw, strengths["magnitude"])
        own = np.diag(ops.convert_to_numpy(labels))
        rows.append(Samples(pixels, tuple(_caption(*pair) for pair in zip(names, own, strict=True))))
    return rows


def _caption(names: list[str], own: float) -> str:
    mixed = [f"{1 - own:.0%} of another"] if own < 0.995 else []
    return "\n".join([", ".join(names), *mixed]).strip()

"""Samples of an augmentation, for people to look at before they trust it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from keras import ops

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.configs.schedule import Phase


def augment_samples(
    images: Sequence[np.ndarray],
    phases: Iterable[Phase],
    columns: int = 8,
    augmentation: Augmentation | None = None,
    seed: int = 0,
) -> list[np.ndarray]:
    """Shows what each phase does to `images`.

    Args:
        images: one or more pictures (H, W, 3) uint8 of any size. They are cut to a square in the middle and shrunk to
            the phase's size; with one picture, MixUp and CutMix mix it with other draws of itself.
        phases: a schedule's `phases`; a setting that is None counts as off.
        columns: draws a phase.
        augmentation: what is done; by default flip and RandAugment.
        seed: of the draws; each phase gets its own.

    Returns:
        A row of pictures a phase, (columns, image_size, image_size, 3) uint8.
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
        samples, _ = augment(
            batch,
            ops.eye(columns),
            magnitude=phase.randaugment or 0.0,
            mixup=phase.mixup or 0.0,
            cutmix=phase.cutmix or 0.0,
            seed=StepSeed(seed, phase.index),
        )
        rows.append(ops.convert_to_numpy(ops.cast(ops.clip(samples + 0.5, 0.0, 255.0), "uint8")))
    return rows

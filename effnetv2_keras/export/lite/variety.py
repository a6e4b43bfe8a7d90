"""What deployment adds to the images at hand: augmented copies to calibrate on, darker and noisier ones to measure."""

from __future__ import annotations

import keras
import numpy as np

from effnetv2_keras.augment.pipeline import Augmentation, to_uint8
from effnetv2_keras.augment.randomness import StepSeed

MAGNITUDE = 9.0  # of RandAugment; its range is 0 to 30
BATCH = 16
DARKER, NOISE = 0.6, 20.0  # share of the light, deviation in grey levels


def augmented(pixels: np.ndarray) -> np.ndarray:
    """Returns each of (N, S, S, 3) uint8 once more, changed as in training."""
    augmentation = Augmentation()
    batches = []
    for step, begin in enumerate(range(0, len(pixels), BATCH)):
        images = pixels[begin : begin + BATCH]
        draw = augmentation.draw(len(images), StepSeed(0, step))
        labels = np.ones((len(images), 1), np.float32)
        changed, _ = augmentation.apply(
            keras.ops.convert_to_tensor(images), labels, draw, magnitude=MAGNITUDE, mixup=0.0, cutmix=0.0
        )
        batches.append(keras.ops.convert_to_numpy(to_uint8(changed)))
    return np.concatenate(batches)


def shifted(pixels: np.ndarray) -> np.ndarray:
    """Returns darker and noisier copies of (N, S, S, 3) uint8, such as a phone takes in the evening."""
    noise = np.random.default_rng(0)
    return np.stack(
        [
            np.clip(np.rint(DARKER * image + NOISE * noise.standard_normal(image.shape)), 0, 255).astype(np.uint8)
            for image in pixels
        ]
    )

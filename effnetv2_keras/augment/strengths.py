"""From a level to the argument of an operation, in both modes.

`adaptive` grows with the magnitude for every operation and does not depend on the resolution: lengths are parts of the
image's side. It is made to agree with `released` at 300 px, the largest training size of EfficientNetV2-S, wherever
released is sound, and to use up the range at magnitude 30.

`released` is what `efficientnetv2/autoaugment.py` of google/automl does, its slips included: posterize is strongest at
low magnitudes, the threshold of solarize wraps at 256, lengths are absolute pixels, colour does not change at 5.
"""

from __future__ import annotations

import keras
from keras import ops

from effnetv2_keras.augment.level import Level

# Lengths of the released code in px a unit of magnitude, and the side at which both modes agree.
TRANSLATE = 10.0
TRANSLATE_AUTOAUGMENT = 25.0
CUTOUT = 4.0
CUTOUT_AUTOAUGMENT = 10.0
REFERENCE_SIDE = 300.0


def degrees(level: Level) -> keras.KerasTensor:
    """3 a unit of magnitude, to either side."""
    return level.sign * (level.magnitude * 3.0)


def slope(level: Level) -> keras.KerasTensor:
    """0.03 a unit of magnitude, to either side."""
    return level.sign * (level.magnitude * 0.03)


def addition(level: Level) -> keras.KerasTensor:
    """11 a unit of magnitude, at most 255."""
    return ops.minimum(floor(level.magnitude * 11.0), 255.0)


def adaptive_bits(level: Level) -> keras.KerasTensor:
    """8 (all) at magnitude 0, 4 at 10, 1 from 17.5 on."""
    return ops.maximum(8.0 - floor(level.magnitude * 0.4), 1.0)


def adaptive_threshold(level: Level) -> keras.KerasTensor:
    """256 (nothing inverted) at magnitude 0, 128 at 15, 0 (all inverted) at 30."""
    return 256.0 - floor(level.magnitude * (256.0 / 30.0))


def adaptive_factor(level: Level) -> keras.KerasTensor:
    """1 (no change) at magnitude 0, 1.9 or 0.1 at 10, then 0.1 or more and more."""
    return ops.maximum(1.0 + level.sign * (level.magnitude * 0.09), 0.1)


def adaptive_shift_x(level: Level) -> keras.KerasTensor:
    """A third of the width at magnitude 10, to either side, px."""
    return level.sign * (level.magnitude * (TRANSLATE / REFERENCE_SIDE)) * ops.cast(level.width, "float32")


def adaptive_shift_y(level: Level) -> keras.KerasTensor:
    """A third of the height at magnitude 10, up or down, px."""
    return level.sign * (level.magnitude * (TRANSLATE / REFERENCE_SIDE)) * ops.cast(level.height, "float32")


def adaptive_cutout(level: Level) -> keras.KerasTensor:
    """Half a side, px: 2 / 15 of the image's shorter side at magnitude 10."""
    shorter = ops.cast(ops.minimum(level.height, level.width), "float32")
    return floor(level.magnitude * (CUTOUT / REFERENCE_SIDE) * shorter)


def released_bits(level: Level) -> keras.KerasTensor:
    """2 at magnitude 5, 4 at 10, 8 (all) from 20 on; below 2.5, 0 bits shift as far as TensorFlow shifts: 1 is left."""
    return ops.clip(floor(level.magnitude * 0.4), 1.0, 8.0)


def released_threshold(level: Level) -> keras.KerasTensor:
    """128 at magnitudes 5 and 15, 0 (all inverted) at 10 and 20: 25.6 a unit, compared as uint8."""
    return ops.mod(floor(level.magnitude * 25.6), 256.0)


def released_factor(level: Level) -> keras.KerasTensor:
    """1 (no change) at magnitude 5, 1.9 at 10; never below 0.1."""
    return level.magnitude * 0.18 + 0.1


def released_shift(level: Level) -> keras.KerasTensor:
    """10 px a unit of magnitude, to either side."""
    return level.sign * (level.magnitude * TRANSLATE)


def released_cutout(level: Level) -> keras.KerasTensor:
    """Half a side, px: 4 a unit of magnitude."""
    return floor(level.magnitude * CUTOUT)


def autoaugment_shift(level: Level) -> keras.KerasTensor:
    """25 px a unit of magnitude, to either side."""
    return level.sign * (level.magnitude * TRANSLATE_AUTOAUGMENT)


def autoaugment_cutout(level: Level) -> keras.KerasTensor:
    """Half a side, px: 10 a unit of magnitude."""
    return floor(level.magnitude * CUTOUT_AUTOAUGMENT)


def floor(value: keras.KerasTensor) -> keras.KerasTensor:
    """Cuts the fraction off; 3.9999 counts as 4, whichever way the compiler multiplies."""
    return ops.floor(value + 1e-3)

"""Progressive schedules as published: the paper's, and those of the code that came with it.

Paper: Tan & Le 2021, Table 6 and section 4.2 (four phases, 350 epochs). Code: google/automl, efficientnetv2, facts 1.3:
phase k of 4 has `int(128 + (train_size - 128) * (k + 1) / 4)` px, so the first is not the smallest size; RandAugment
rises from 5, CutMix has MixUp's alpha, dropout stays; phases end at `int((k + 1) / 4 * epochs)`, 87, 175, 262, 350.
"""

from __future__ import annotations

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.errors import unknown_name

# fmt: off
#                        image size, px   RandAugment   mixup alpha    dropout rate
PAPER = {
    "efficientnetv2-s": (Ramp(128, 300),  Ramp(5, 15),  Ramp(0, 0.0),  Ramp(0.1, 0.3)),
    "efficientnetv2-m": (Ramp(128, 380),  Ramp(5, 20),  Ramp(0, 0.2),  Ramp(0.1, 0.4)),
    "efficientnetv2-l": (Ramp(128, 380),  Ramp(5, 25),  Ramp(0, 0.5),  Ramp(0.1, 0.5)),
}
#                         image size, px   RandAugment   mixup and cutmix alpha
RELEASED = {
    "efficientnetv2-b0": (Ramp(144, 192),  None,         Ramp(0, 0.0)),  # AutoAugment v0, which has no magnitude
    "efficientnetv2-b1": (Ramp(144, 192),  None,         Ramp(0, 0.0)),
    "efficientnetv2-b2": (Ramp(148, 208),  None,         Ramp(0, 0.0)),
    "efficientnetv2-b3": (Ramp(156, 240),  None,         Ramp(0, 0.0)),
    "efficientnetv2-s":  (Ramp(171, 300),  Ramp(5, 10),  Ramp(0, 0.0)),
    "efficientnetv2-m":  (Ramp(192, 384),  Ramp(5, 15),  Ramp(0, 0.2)),
    "efficientnetv2-l":  (Ramp(192, 384),  Ramp(5, 20),  Ramp(0, 0.5)),
    "efficientnetv2-xl": (Ramp(192, 384),  Ramp(5, 20),  Ramp(0, 0.5)),
}
# fmt: on


def paper_schedule(model: str, epochs: int = 350) -> ProgressiveSchedule:
    """Returns the paper's schedule for `model` (EfficientNetV2-S, M or L).

    Args:
        model: "efficientnetv2-s", "efficientnetv2-m" or "efficientnetv2-l".
        epochs: length of the training, at least 4; 350 in the paper.

    Raises:
        UsageError: for a model that the paper's Table 6 does not have, or fewer than 4 epochs.

    Source: Tan & Le 2021, Table 6 and section 4.2.

    >>> print(paper_schedule("efficientnetv2-s"))
    phase    epochs  image_size  randaugment  mixup  dropout
        0     0..86         128          5.0   0.00     0.10
        1   87..174         185          8.3   0.00     0.17
        2  175..261         242         11.7   0.00     0.23
        3  262..349         300         15.0   0.00     0.30
    """
    if model not in PAPER:
        raise unknown_name("model in the paper's Table 6", model, PAPER)
    image_size, randaugment, mixup, dropout = PAPER[model]
    return ProgressiveSchedule(
        epochs=epochs, num_phases=4, image_size=image_size, randaugment=randaugment, mixup=mixup, dropout=dropout
    )


def released_schedule(model: str, epochs: int = 350) -> ProgressiveSchedule:
    """Returns the released code's schedule for `model`, any EfficientNetV2.

    Args:
        model: its name, "efficientnetv2-b0" to "efficientnetv2-xl".
        epochs: length of the training, at least 4; 350 as released.

    Raises:
        UsageError: for a model that the released code does not train progressively, or fewer than 4 epochs.

    Source: google/automl, folder efficientnetv2, `main.py` and `effnetv2_configs.py` (facts 1.1 and 1.3).

    >>> print(released_schedule("efficientnetv2-m"))
    phase    epochs  image_size  randaugment  mixup  cutmix
        0     0..86         192          5.0   0.00    0.00
        1   87..174         256          8.3   0.07    0.07
        2  175..261         320         11.7   0.13    0.13
        3  262..349         384         15.0   0.20    0.20
    """
    if model not in RELEASED:
        raise unknown_name("model with a released schedule", model, RELEASED)
    image_size, randaugment, alpha = RELEASED[model]
    return ProgressiveSchedule(
        epochs=epochs, num_phases=4, image_size=image_size, randaugment=randaugment, mixup=alpha, cutmix=alpha
    )

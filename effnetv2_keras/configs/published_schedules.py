"""Progressive schedules as published.  Source: Tan & Le 2021, Table 6 and section 4.2 (four phases, 350 epochs)."""

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
# fmt: on


def paper_schedule(model: str, epochs: int = 350) -> ProgressiveSchedule:
    """Returns the paper's schedule for `model` (EfficientNetV2-S, M or L).

    Raises:
        UsageError: for a model that the paper's Table 6 does not have.

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

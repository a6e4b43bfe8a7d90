"""A learning rate that stays high until progressive training has reached its full image size."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

HELD = 0.6  # share of the steps before the decay


@keras.saving.register_keras_serializable("effnetv2_keras")
class HeldCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from 0 to `peak`, holds it for 60 % of the steps, then falls along a cosine to 0.

    Under one cosine over the whole run the last phase, the only one at full size, gets the lowest rates alone; short
    progressive runs lose a point or two by that.

    Args:
        peak: the highest rate.
        total_steps: length of the training.
        warmup_steps: length of the linear rise.
    """

    def __init__(self, peak: float, total_steps: int, warmup_steps: int) -> None:
        self.peak = peak
        self.total_steps = total_steps
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        """Returns the rate at `step`."""
        step = ops.cast(step, "float32")
        held = max(HELD * self.total_steps, float(self.warmup_steps))
        rise = ops.minimum((step + 1.0) / max(self.warmup_steps, 1), 1.0)
        way = ops.clip((step - held) / max(self.total_steps - held, 1.0), 0.0, 1.0)
        return self.peak * rise * 0.5 * (1.0 + ops.cos(math.pi * way))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this schedule again."""
        return {"peak": self.peak, "total_steps": self.total_steps, "warmup_steps": self.warmup_steps}

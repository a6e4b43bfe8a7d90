"""The learning rate of a run, and one that stays high until progressive training has reached its full image size."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from effnetv2_keras.configs.optimizer import LearningRateSpec
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.warmed_rate import ConstantRate, CosineRate, StaircaseRate

HELD = 0.6  # share of the steps before the decay


@keras.saving.register_keras_serializable("effnetv2_keras")
class HeldCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rises to `peak`, holds it until 60 % of the steps, or another share, are taken, then falls along a cosine to 0.

    Step s of the rise, 0-based, has `(s + 1) / warmup_steps` of the peak.

    Under one cosine over the whole run the last phase, the only one at full size, gets the lowest rates alone; short
    progressive runs lose a point or two by that.

    Args:
        peak: the highest rate.
        total_steps: length of the training.
        warmup_steps: length of the linear rise; 0 is none.
        held: share of the steps before the rate falls, in [0, 1).

    Raises:
        UsageError: if `held` is out of its range.
    """

    def __init__(self, peak: float, total_steps: int, warmup_steps: int, held: float = HELD) -> None:
        if not 0 <= held < 1:
            raise UsageError(f"`held` must be at least 0 and below 1. Got: {held!r}.")
        self.peak = peak
        self.total_steps = total_steps
        self.warmup_steps = warmup_steps
        self.held = held

    def __call__(self, step: Any) -> Any:
        """Returns the rate at `step`."""
        step = ops.cast(step, "float32")
        held = max(self.held * self.total_steps, float(self.warmup_steps))
        rise = ops.minimum((step + 1.0) / max(self.warmup_steps, 1), 1.0)
        way = ops.clip((step - held) / max(self.total_steps - held, 1.0), 0.0, 1.0)
        return self.peak * rise * 0.5 * (1.0 + ops.cos(math.pi * way))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this schedule again."""
        lengths = {"total_steps": self.total_steps, "warmup_steps": self.warmup_steps, "held": self.held}
        return {"peak": self.peak, **lengths}


def make_learning_rate(
    spec: LearningRateSpec, *, batch_size: int, steps_per_epoch: int, epochs: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns the course that `spec` describes, in steps.

    Args:
        spec: the course in epochs and its rate for `per_images` images.
        batch_size: images an update: those of all replicas and, under gradient accumulation, of all its batches.
        steps_per_epoch: batches an epoch. Keras counts batches, also where several make one update.
        epochs: length of the training.

    Source: facts 1.3, for all courses but "held_cosine".
    """
    peak, total = spec.peak(batch_size), steps_per_epoch * epochs
    rise = int(spec.warmup_epochs * steps_per_epoch)
    if spec.course == "held_cosine":
        return HeldCosine(peak, total_steps=total, warmup_steps=rise, held=spec.held)
    if spec.course == "cosine":
        return CosineRate(peak, total, warmup_steps=rise, floor=spec.floor)
    if spec.course == "exponential":
        return StaircaseRate(peak, spec.decay_epochs * steps_per_epoch, spec.factor, rise, spec.floor)
    return ConstantRate(peak, warmup_steps=rise, floor=spec.floor)

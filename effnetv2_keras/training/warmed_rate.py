"""The learning rates of the released training: a linear rise, then a course that was counted from step 0."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


class WarmedRate(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from 0 at step 0 to `peak`, and enters its course as far along as the steps so far have brought it.

    Args:
        peak: the rate that the course starts from.
        warmup_steps: length of the rise; 0 is none.
        floor: the course never falls below this; the rise may.

    Source: the released utils.py, `WarmupLearningRateSchedule`.
    """

    def __init__(self, peak: float, warmup_steps: int = 0, floor: float = 0.0) -> None:
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.floor = floor

    def __call__(self, step: Any) -> Any:
        """Returns the rate at `step` (a batch's number)."""
        step = ops.cast(step, "float32")
        course = ops.maximum(self.peak * self.share(step), self.floor)
        rise = self.peak * step / max(self.warmup_steps, 1)
        return ops.where(step < self.warmup_steps, rise, course)

    def share(self, step: Any) -> Any:
        """Returns what is left of `peak` at `step`, a float32 scalar in [0, 1]."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this schedule again."""
        return {"peak": self.peak, "warmup_steps": self.warmup_steps, "floor": self.floor}


@keras.saving.register_keras_serializable("effnetv2_keras")
class ConstantRate(WarmedRate):
    """Stays at `peak`."""

    def share(self, step: Any) -> Any:
        """Returns 1."""
        return ops.ones_like(step)


@keras.saving.register_keras_serializable("effnetv2_keras")
class StaircaseRate(WarmedRate):
    """Is multiplied by `factor` every `decay_steps`.

    Args:
        peak, warmup_steps, floor: see `WarmedRate`.
        decay_steps: length of a stair, may be a fraction; 2.4 epochs in both papers.
        factor: 0.97 in both papers.
    """

    def __init__(
        self, peak: float, decay_steps: float, factor: float = 0.97, warmup_steps: int = 0, floor: float = 0.0
    ) -> None:
        super().__init__(peak, warmup_steps, floor)
        self.decay_steps = decay_steps
        self.factor = factor

    def share(self, step: Any) -> Any:
        """Returns `factor` to the power of the stairs that are behind."""
        return ops.power(ops.cast(self.factor, "float32"), ops.floor(step / self.decay_steps))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this schedule again."""
        return {**super().get_config(), "decay_steps": self.decay_steps, "factor": self.factor}


@keras.saving.register_keras_serializable("effnetv2_keras")
class CosineRate(WarmedRate):
    """Falls along half a cosine to 0 at `total_steps`.

    Args:
        peak, warmup_steps, floor: see `WarmedRate`.
        total_steps: length of the training.
    """

    def __init__(self, peak: float, total_steps: int, warmup_steps: int = 0, floor: float = 0.0) -> None:
        super().__init__(peak, warmup_steps, floor)
        self.total_steps = total_steps

    def share(self, step: Any) -> Any:
        """Returns the height of the cosine."""
        return 0.5 * (1.0 + ops.cos(math.pi * ops.minimum(step / self.total_steps, 1.0)))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this schedule again."""
        return {**super().get_config(), "total_steps": self.total_steps}

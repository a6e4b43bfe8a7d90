"""A learning rate whose course is counted in images where batches change size from phase to phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("effnetv2_keras")
class PacedRate(keras.optimizers.schedules.LearningRateSchedule):
    """Goes along `rate` faster or slower, stretch by stretch, so that an epoch takes it as far whatever its steps.

    Args:
        rate: the course, over steps of the recipe's batch size.
        steps: length of each stretch, in batches of its own size.
        paces: steps of the course that one step of the stretch counts for.
    """

    def __init__(self, rate: Any, steps: Sequence[int], paces: Sequence[float]) -> None:
        self.rate = rate
        self.steps = tuple(int(count) for count in steps)
        self.paces = tuple(float(pace) for pace in paces)

    def __call__(self, step: Any) -> Any:
        """Returns the rate at `step` (a batch's number)."""
        step = ops.cast(step, "float32")
        place, begin = ops.zeros_like(step), 0
        for count, pace in zip(self.steps, self.paces, strict=True):
            place = place + pace * ops.clip(step - begin, 0.0, float(count))
            begin += count
        return self.rate(place)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this schedule again."""
        rate = keras.saving.serialize_keras_object(self.rate)
        return {"rate": rate, "steps": list(self.steps), "paces": list(self.paces)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> PacedRate:
        """Builds the schedule from `get_config`."""
        return cls(**{**config, "rate": keras.saving.deserialize_keras_object(config["rate"])})

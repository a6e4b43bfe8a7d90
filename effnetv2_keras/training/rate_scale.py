"""A learning rate that a schedule's phases scale, read in every step."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.layers.knob import Knob
from effnetv2_keras.layers.knobs import Knobs


@keras.saving.register_keras_serializable("effnetv2_keras")
class ScaledRate(keras.optimizers.schedules.LearningRateSchedule):
    """Multiplies a rate by a knob.

    Args:
        rate: a number or a schedule of Keras.
        scale: what it is multiplied by; None for a knob at 1.
    """

    def __init__(self, rate: Any, scale: Knob | None = None) -> None:
        self.rate = rate
        self.scale = Knob("learning_rate_scale", 1.0) if scale is None else scale

    def __call__(self, step: Any) -> Any:
        """Returns the rate at `step`, scaled as the knob stands."""
        rate = self.rate(step) if callable(self.rate) else self.rate
        return ops.cast(rate, "float32") * self.scale.read()

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this schedule again; the knob stands at 1 then."""
        return {"rate": keras.saving.serialize_keras_object(self.rate)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ScaledRate:
        """Builds the schedule from `get_config`."""
        return cls(keras.saving.deserialize_keras_object(config["rate"]))


def scale_rate(optimizer: keras.optimizers.Optimizer, knobs: Knobs) -> bool:
    """Makes `optimizer` read `knobs.rate_scale`; tells whether that is new, so that a traced step is out of date.

    The knob becomes a variable of the optimizer: JAX hands those to the compiled update, and bakes others into it.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(inner._learning_rate, ScaledRate) and inner._learning_rate.scale is knobs.rate_scale:
        return False
    rate = inner._learning_rate
    if isinstance(rate, keras.Variable):
        rate = float(ops.convert_to_numpy(ops.copy(rate)))
    elif isinstance(rate, ScaledRate):  # of another classifier
        rate = rate.rate
    knobs.rate_scale = Knob("learning_rate_scale", 1.0)
    inner.learning_rate = ScaledRate(rate, knobs.rate_scale)
    inner.rate_scale = knobs.rate_scale.variable  # an attribute that is a variable is tracked
    return True

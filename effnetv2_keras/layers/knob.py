"""A number that a callback turns while a compiled step reads it."""

from __future__ import annotations

import keras
from keras import ops


class Knob:
    """A scalar float32 variable that belongs to no layer.

    Keras tracks variables that a layer holds, counts them as parameters and saves them. A plain object hides the
    variable from that, so a network with knobs has exactly the published number of parameters and clean weight
    files. Whoever trains the network has to track `variable` itself: JAX bakes an untracked one into the step.

    Args:
        name: of the variable.
        value: at first.
    """

    def __init__(self, name: str, value: float) -> None:
        self.name = name
        self.variable = keras.Variable(
            float(value),
            trainable=False,
            dtype="float32",
            name=name,
            aggregation="only_first_replica",
            autocast=False,  # a rate stays whole in layers of half precision
        )

    @property
    def value(self) -> float:
        """The number now."""
        return float(ops.convert_to_numpy(self.read()))

    def read(self) -> keras.KerasTensor:
        """Returns the number as a tensor, read when the step runs, not when it is traced."""
        return ops.copy(ops.convert_to_tensor(self.variable))

    def assign(self, value: float) -> None:
        """Turns the knob."""
        self.variable.assign(float(value))

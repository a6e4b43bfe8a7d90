"""LAMB as its paper states it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.training.released_rules import ReleasedRules


@keras.saving.register_keras_serializable("effnetv2_keras")
class Lamb(ReleasedRules, keras.optimizers.Lamb):
    """Adam whose step of each variable is as long as the learning rate times the variable.

    `keras.optimizers.Lamb` decays weights apart from the step; here the decay is in the step whose length is set, as
    in the paper. Variables that are excluded from decay take Adam's own step, as in the authors' code.

    Args:
        learning_rate: a number or a schedule.
        weight_decay: of all variables that `exclude` leaves; None is none.
        **kwargs: of `keras.optimizers.Lamb` and `ReleasedRules`.

    Source: You et al. 2020, Algorithm 2, with phi(z) = z.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Moves one variable, decay included; Keras calls this for each."""
        index = self._get_variable_index(variable)
        mean, square = self._momentums[index], self._velocities[index]
        gradient = ops.cast(gradient, variable.dtype)
        learning_rate = self.rate_of(variable, learning_rate)
        step = ops.cast(self.iterations + 1, variable.dtype)
        self.assign_add(mean, (gradient - mean) * (1 - self.beta_1))
        self.assign_add(square, (ops.square(gradient) - square) * (1 - self.beta_2))
        unbiased_mean = mean / (1 - ops.power(ops.cast(self.beta_1, variable.dtype), step))
        unbiased_square = square / (1 - ops.power(ops.cast(self.beta_2, variable.dtype), step))
        update = unbiased_mean / (ops.sqrt(unbiased_square) + self.epsilon)
        if self._use_weight_decay(variable):
            update = update + (self.weight_decay or 0.0) * variable
            update = update * _trust(ops.norm(ops.convert_to_tensor(variable)), ops.norm(update))
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * update)


def _trust(weight: Any, update: Any) -> Any:
    """Returns the length that a step is given over the length it has; 1 where either is 0."""
    is_known = ops.logical_and(weight > 0, update > 0)
    return ops.where(is_known, weight / ops.where(update > 0, update, 1.0), 1.0)

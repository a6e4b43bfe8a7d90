"""What our optimizers add to those of Keras: two clips in a row, decay that leaves out by path, rates by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from effnetv2_keras.configs.optimizer import NO_DECAY
from effnetv2_keras.training.network_parts import part_of
from effnetv2_keras.training.weight_decay import is_decayed


class ReleasedRules:
    """Mixed in before a Keras optimizer: clips each variable's gradient, then all of them together.

    Keras refuses `clipnorm` beside `global_clipnorm`. Under gradient accumulation the mean gradient is clipped.

    Args:
        clip_norm_per_variable: largest L2 norm of one variable's gradient; None or 0 clips none.
        global_clip_norm: largest L2 norm of all gradients together; None or 0 clips none.
        exclude: texts; weights with one of them in their path have no decoupled decay.
        layer_rates: shares of the learning rate, by the part of the network that a weight's path begins with; parts
            that are not in it get all of it. Decoupled decay shrinks along.

    Source: the released main.py, "First clip each variable's norm, then clip global norm".
    """

    def __init__(
        self,
        *args: Any,
        clip_norm_per_variable: float | None = None,
        global_clip_norm: float | None = None,
        exclude: tuple[str, ...] = NO_DECAY,
        layer_rates: Mapping[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.clip_norm_per_variable = clip_norm_per_variable or None
        self.global_clip_norm = global_clip_norm or None
        self.exclude = tuple(exclude)
        self.layer_rates = dict(layer_rates or {})
        self.learning: tuple[int, ...] | None = None  # those of the variables that learn now; None for all

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this optimizer again."""
        return {
            **super().get_config(),  # type: ignore[misc]
            "clip_norm_per_variable": self.clip_norm_per_variable,
            "global_clip_norm": self.global_clip_norm,
            "exclude": list(self.exclude),
            "layer_rates": dict(self.layer_rates),
        }

    def rate_of(self, variable: Any, learning_rate: Any) -> Any:
        """Returns the learning rate of one variable."""
        share = self.layer_rates.get(part_of(_path(variable)), 1.0)
        return learning_rate if share == 1.0 else ops.cast(learning_rate, "float32") * share

    def _backend_update_step(self, grads: list[Any], trainable_variables: Sequence[Any], learning_rate: Any) -> None:
        """Reads the rate once, for all variables."""
        rate = ops.convert_to_tensor(learning_rate)
        super()._backend_update_step(grads, trainable_variables, rate)  # type: ignore[misc]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Shrinks one variable and moves it, both at its own rate; Keras calls this for each."""
        learning_rate = self.rate_of(variable, learning_rate)
        if self.weight_decay and self._use_weight_decay(variable):  # type: ignore[attr-defined]
            kept = 1.0 - self.weight_decay * ops.cast(learning_rate, "float32")  # type: ignore[attr-defined]
            # a new value: subtracting from one that the step still reads would copy it first
            self.assign(variable, variable * ops.cast(kept, variable.dtype))  # type: ignore[attr-defined]
        super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """Takes a step on values that JAX holds; some of the variables may be frozen for a while."""
        if self.learning is None:
            return super().stateless_apply(optimizer_variables, grads, trainable_variables)  # type: ignore[misc]
        variables = [self._trainable_variables[index] for index in self.learning]  # type: ignore[attr-defined]
        values = [*trainable_variables, *optimizer_variables]
        held = [*variables, *self.variables]  # type: ignore[attr-defined]
        with keras.StatelessScope(state_mapping=list(zip(held, values, strict=True))) as scope:
            self.apply(grads, variables)  # type: ignore[attr-defined]
        after = [scope.get_current_value(variable) for variable in held]
        return after[: len(variables)], after[len(variables) :]

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        if self.clip_norm_per_variable is not None:
            grads = [_at_most(grad, _norm([grad]), self.clip_norm_per_variable) for grad in grads]
        if self.global_clip_norm is not None:
            norm = _norm(grads)
            grads = [_at_most(grad, norm, self.global_clip_norm) for grad in grads]
        return super()._clip_gradients(grads)  # type: ignore[misc]

    def _use_weight_decay(self, variable: Any) -> bool:
        return is_decayed(_path(variable), self.exclude)

    def _apply_weight_decay(self, variables: Any) -> None:
        """Does nothing: `update_step` shrinks each variable at its own rate."""


def _path(variable: Any) -> str:
    # Keras hands its own variables to some backends' updates and TensorFlow's, whose name is the path, to others
    return str(getattr(variable, "path", variable.name))


def _norm(gradients: list[Any]) -> Any:
    squares = [ops.sum(ops.square(ops.cast(gradient, "float32"))) for gradient in gradients]
    return ops.sqrt(sum(squares, start=ops.zeros(())))


def _at_most(gradient: Any, norm: Any, highest: float) -> Any:
    """Shortens `gradient` by what brings `norm` down to `highest`; a shorter one stays as it is."""
    return gradient * ops.cast(highest / ops.maximum(norm, highest), gradient.dtype)

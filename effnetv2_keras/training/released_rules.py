"""What our optimizers add to those of Keras: two clips one after the other, and decay that leaves out by path."""

from __future__ import annotations

from typing import Any

from keras import ops

from effnetv2_keras.configs.optimizer import NO_DECAY
from effnetv2_keras.training.weight_decay import is_decayed


class ReleasedRules:
    """Mixed in before a Keras optimizer: clips each variable's gradient, then all of them together.

    Keras refuses `clipnorm` beside `global_clipnorm`. Under gradient accumulation the mean gradient is clipped.

    Args:
        clip_norm_per_variable: largest L2 norm of one variable's gradient; None or 0 clips none.
        global_clip_norm: largest L2 norm of all gradients together; None or 0 clips none.
        exclude: texts; weights with one of them in their path have no decoupled decay.

    Source: the released main.py, "First clip each variable's norm, then clip global norm".
    """

    def __init__(
        self,
        *args: Any,
        clip_norm_per_variable: float | None = None,
        global_clip_norm: float | None = None,
        exclude: tuple[str, ...] = NO_DECAY,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.clip_norm_per_variable = clip_norm_per_variable or None
        self.global_clip_norm = global_clip_norm or None
        self.exclude = tuple(exclude)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this optimizer again."""
        return {
            **super().get_config(),  # type: ignore[misc]
            "clip_norm_per_variable": self.clip_norm_per_variable,
            "global_clip_norm": self.global_clip_norm,
            "exclude": list(self.exclude),
        }

    def _clip_gradients(self, grads: list[Any]) -> list[Any]:
        if self.clip_norm_per_variable is not None:
            grads = [_at_most(grad, _norm([grad]), self.clip_norm_per_variable) for grad in grads]
        if self.global_clip_norm is not None:
            norm = _norm(grads)
            grads = [_at_most(grad, norm, self.global_clip_norm) for grad in grads]
        return super()._clip_gradients(grads)  # type: ignore[misc]

    def _use_weight_decay(self, variable: Any) -> bool:
        # Keras hands its own variables to some backends' updates and TensorFlow's, whose name is the path, to others
        return is_decayed(getattr(variable, "path", variable.name), self.exclude)


def _norm(gradients: list[Any]) -> Any:
    squares = [ops.sum(ops.square(ops.cast(gradient, "float32"))) for gradient in gradients]
    return ops.sqrt(sum(squares, start=ops.zeros(())))


def _at_most(gradient: Any, norm: Any, highest: float) -> Any:
    """Shortens `gradient` by what brings `norm` down to `highest`; a shorter one stays as it is."""
    return gradient * ops.cast(highest / ops.maximum(norm, highest), gradient.dtype)

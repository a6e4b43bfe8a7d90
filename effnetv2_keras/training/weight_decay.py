"""Which weights are decayed, and decay as the released training does it: a penalty in the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from effnetv2_keras.configs.optimizer import NO_DECAY
from effnetv2_keras.errors import UsageError


def is_decayed(path: str, exclude: Sequence[str] = NO_DECAY) -> bool:
    """Tells whether none of the texts in `exclude` is in the path of a variable.

    >>> is_decayed("stage4_block1/depthwise_conv/kernel"), is_decayed("stage4_block1/depthwise_bn/gamma")
    (True, False)
    """
    return not any(text in path for text in exclude)


@keras.saving.register_keras_serializable("effnetv2_keras")
class L2:
    """Adds `rate` times half the sum of squares of the decayed weights to the loss.

    Not the same as decoupled decay: an optimizer that scales gradients scales this one too.

    Args:
        rate: weight decay, at least 0; 1e-5 in the released training.
        exclude: texts; weights with one of them in their path are left alone.

    Raises:
        UsageError: if `rate` is below 0.

    Source: the released main.py, `weight_decay * sum(tf.nn.l2_loss(v))` over all variables but `.*(bias|gamma|beta).*`;
    depthwise kernels are among them.
    """

    def __init__(self, rate: float, exclude: Sequence[str] = NO_DECAY) -> None:
        if rate < 0:
            raise UsageError(f"The rate of L2 must be at least 0. Got: {rate}.")
        self.rate = float(rate)
        self.exclude = tuple(exclude)

    def decayed(self, variables: Sequence[keras.Variable]) -> list[keras.Variable]:
        """Returns those of `variables` that are decayed."""
        return [variable for variable in variables if is_decayed(variable.path, self.exclude)]

    def __call__(self, variables: Sequence[keras.Variable]) -> Any:
        """Returns the penalty of `variables`, a float32 scalar."""
        squares = [ops.sum(ops.square(ops.cast(variable, "float32"))) for variable in self.decayed(variables)]
        return 0.5 * self.rate * sum(squares, start=ops.zeros(()))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that build this penalty again."""
        return {"rate": self.rate, "exclude": list(self.exclude)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> L2:
        """Builds a penalty from `get_config`."""
        return cls(**config)

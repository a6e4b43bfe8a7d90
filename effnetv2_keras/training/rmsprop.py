"""RMSProp as TensorFlow 1 had it, with which both papers were trained."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.training.one_pass import OnePassRMSprop
from effnetv2_keras.training.released_rules import ReleasedRules


@keras.saving.register_keras_serializable("effnetv2_keras")
class RMSPropTF(ReleasedRules, OnePassRMSprop, keras.optimizers.RMSprop):
    """RMSProp whose mean square starts at ones and whose epsilon is inside the root.

    Keras starts it at zeros: for a gradient of 0.1 its first step is 21 times as large. The defaults are the
    released training's.

    Args:
        learning_rate: a number or a schedule.
        rho: decay of the mean square.
        momentum: of the steps, which hold the learning rate already.
        epsilon: added to the mean square before the root is taken.
        **kwargs: of `keras.optimizers.RMSprop` and `ReleasedRules`.

    Source: `tf.compat.v1.train.RMSPropOptimizer`; values from the released hparams.py and main.py.
    """

    def __init__(
        self, learning_rate: Any = 1e-3, rho: float = 0.9, momentum: float = 0.9, epsilon: float = 1e-3, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate, rho=rho, momentum=momentum, epsilon=epsilon, **kwargs)

    def add_optimizer_variables(self, trainable_variables: Any, name: Any, initializer: Any = "zeros") -> Any:
        """Creates a slot for each variable; Keras calls this from `build`."""
        return super().add_optimizer_variables(trainable_variables, name, "ones" if name == "velocity" else initializer)

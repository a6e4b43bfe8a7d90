"""Optimizers that read and write each variable once a step, where TensorFlow has a kernel for it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.layers.fast import trains_fast


class OnePassAdam:
    """Mixed in before `keras.optimizers.Adam` or `AdamW`; the same step in one kernel instead of a dozen."""

    _count: Any = None  # of the step, read once for all variables

    def _backend_update_step(self: Any, grads: Any, trainable_variables: Any, learning_rate: Any) -> None:
        self._count = self.iterations + 1 if _is_alone() else None
        try:
            super()._backend_update_step(grads, trainable_variables, learning_rate)  # type: ignore[misc]
        finally:
            self._count = None

    def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Moves one variable; Keras calls this for each."""
        if self.amsgrad or not _has_kernel(gradient, variable):
            super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]
            return
        from effnetv2_keras.layers.tensorflow.update import adam

        index = self._get_variable_index(variable)
        adam(
            variable,
            self._momentums[index],
            self._velocities[index],
            ops.cast(gradient, "float32"),
            learning_rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            step=self.iterations + 1 if self._count is None else self._count,
        )


class OnePassRMSprop:
    """Mixed in before `keras.optimizers.RMSprop`; the same step, where it has momentum."""

    def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Moves one variable; Keras calls this for each."""
        if self.centered or self.momentum <= 0 or not _has_kernel(gradient, variable):
            super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]
            return
        from effnetv2_keras.layers.tensorflow.update import rmsprop

        index = self._get_variable_index(variable)
        rmsprop(
            variable,
            self._velocities[index],
            self._momentums[index],
            ops.cast(gradient, "float32"),
            learning_rate,
            rho=self.rho,
            share=self.momentum,
            epsilon=self.epsilon,
        )


def _is_alone() -> bool:
    """Tells whether the kernels run on one replica, where tensors of the step are the same for all variables."""
    if not trains_fast(True):
        return False
    from effnetv2_keras.layers.tensorflow.replica import is_alone

    return is_alone()


def _has_kernel(gradient: Any, variable: Any) -> bool:
    """Tells whether the kernels take this pair: dense, of float32, on a processor, outside of XLA."""
    is_dense = hasattr(gradient, "dtype") and not hasattr(gradient, "indices")
    return is_dense and keras.backend.standardize_dtype(variable.dtype) == "float32" and trains_fast(True)

"""Steps of optimizers that pass over a variable once: kernels of TensorFlow that Keras 3 does not take."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


def adam(
    variable: Any,
    mean: keras.Variable,
    square: keras.Variable,
    gradient: tf.Tensor,
    learning_rate: Any,
    *,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: Any,
) -> None:
    """Takes a step of Adam, as `keras.optimizers.Adam.update_step` does.

    Args:
        variable: float32, to be moved.
        mean: of the gradients, is moved too.
        square: mean square of the gradients, is moved too.
        gradient: as `variable`.
        learning_rate: scalar.
        beta_1: share of `mean` that stays.
        beta_2: share of `square` that stays.
        epsilon: added to the root of `square`.
        step: 1 for the first.
    """
    count = tf.cast(step, tf.float32)
    tf.raw_ops.ResourceApplyAdam(
        var=_handle(variable),
        m=_handle(mean),
        v=_handle(square),
        beta1_power=tf.pow(tf.constant(beta_1), count),
        beta2_power=tf.pow(tf.constant(beta_2), count),
        lr=tf.cast(learning_rate, tf.float32),
        beta1=beta_1,
        beta2=beta_2,
        epsilon=epsilon,
        grad=gradient,
    )


def rmsprop(
    variable: Any,
    square: keras.Variable,
    momentum: keras.Variable,
    gradient: tf.Tensor,
    learning_rate: Any,
    *,
    rho: float,
    share: float,
    epsilon: float,
) -> None:
    """Takes a step of RMSProp with momentum, as `keras.optimizers.RMSprop.update_step` does.

    Args:
        variable: float32, to be moved.
        square: mean square of the gradients, is moved too.
        momentum: the last step, is moved too.
        gradient: as `variable`.
        learning_rate: scalar.
        rho: share of `square` that stays.
        share: of the last step that is taken again.
        epsilon: added to `square` before the root is taken.
    """
    tf.raw_ops.ResourceApplyRMSProp(
        var=_handle(variable),
        ms=_handle(square),
        mom=_handle(momentum),
        lr=tf.cast(learning_rate, tf.float32),
        rho=rho,
        momentum=share,
        epsilon=epsilon,
        grad=gradient,
    )


def _handle(variable: Any) -> tf.Tensor:
    """Returns what kernels know a variable by; among replicas that of the replica whose turn it is."""
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle

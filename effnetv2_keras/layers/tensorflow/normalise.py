"""Batch normalisation while training by TensorFlow's own kernel, alone and with silu behind it."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from effnetv2_keras.layers.tensorflow.compiled import compiled


def normalise(
    x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Normalises each channel by the mean and variance of the batch.

    Args:
        x: (B, H, W, C) in any floating point type.
        scale: (C,) float32.
        offset: (C,) float32.
        epsilon: is added to the variance.

    Returns:
        The normalised batch like `x`, mean and variance (C,) float32. The variance is the biased one: the kernel gives
        the unbiased one, Keras keeps the other.
    """
    outputs = _kernel(x, scale, offset, epsilon)
    return outputs.y, outputs.batch_mean, _biased(outputs.batch_variance, x)


def normalise_and_silu(
    x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Does what `normalise` does, then takes silu; arguments and results are the same.

    What silu took is not kept for the way back but computed once more from `x`, inside the one pass over memory that
    silu's gradient is: a third less is kept for each such pair, and nothing is slower.
    """

    @tf.custom_gradient
    def forward(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) -> Any:
        outputs = _kernel(x, scale, offset, epsilon)
        variance = _biased(outputs.batch_variance, x)
        factor = scale * tf.math.rsqrt(variance + epsilon)

        def backward(upstream: tf.Tensor, *_: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            gradient = _silu_gradient(x, outputs.batch_mean, factor, offset, upstream)
            back = tf.raw_ops.FusedBatchNormGradV3(
                y_backprop=gradient,
                x=x,
                scale=scale,
                reserve_space_1=outputs.reserve_space_1,
                reserve_space_2=outputs.reserve_space_2,
                reserve_space_3=outputs.reserve_space_3,
                epsilon=epsilon,
                is_training=True,
            )
            return back.x_backprop, back.scale_backprop, back.offset_backprop

        return (_silu(outputs.y), outputs.batch_mean, variance), backward

    return forward(x, scale, offset)


def silu(x: tf.Tensor) -> tf.Tensor:
    """Returns `x` times its sigmoid, with one pass over memory for it and one for its gradient."""

    @tf.custom_gradient
    def forward(x: tf.Tensor) -> Any:
        zero, one = tf.zeros((1,)), tf.ones((1,))
        return _silu(x), lambda upstream: _silu_gradient(x, zero, one, zero, upstream)

    return forward(x)


def _kernel(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: float) -> Any:
    none = tf.zeros((0,))
    return tf.raw_ops.FusedBatchNormV3(
        x=x, scale=scale, offset=offset, mean=none, variance=none, epsilon=epsilon, is_training=True
    )


def _biased(variance: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    count = tf.cast(tf.size(x) / tf.shape(x)[-1], "float32")
    return variance * ((count - 1.0) / count)


@compiled
def _silu(x: tf.Tensor) -> tf.Tensor:
    wide = tf.cast(x, "float32")
    return tf.cast(wide * tf.sigmoid(wide), x.dtype)


@compiled
def _silu_gradient(
    x: tf.Tensor, mean: tf.Tensor, factor: tf.Tensor, offset: tf.Tensor, upstream: tf.Tensor
) -> tf.Tensor:
    """Returns the gradient of silu where it took `(x - mean) * factor + offset`."""
    taken = (tf.cast(x, "float32") - mean) * factor + offset
    gate = tf.sigmoid(taken)
    return tf.cast(tf.cast(upstream, "float32") * (gate * (1.0 + taken * (1.0 - gate))), x.dtype)

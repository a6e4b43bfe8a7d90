"""Squeeze-and-excitation while training: matrix products, and one pass for the gradient of its input."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from effnetv2_keras.layers.tensorflow.compiled import compiled
from effnetv2_keras.layers.tensorflow.convolve import pointwise


def excite(x: tf.Tensor, reduce: keras.layers.Layer, activate: Any, expand: keras.layers.Layer) -> tf.Tensor:
    """Returns `x` (B, H, W, C), each channel scaled by what the mean of all channels makes of it.

    Args:
        x: in any floating point type.
        reduce: built 1x1 convolution with bias.
        activate: what follows it.
        expand: the other convolution.
    """
    weights = [
        tf.cast(tf.convert_to_tensor(w), x.dtype) for w in (reduce.kernel, reduce.bias, expand.kernel, expand.bias)
    ]

    @tf.custom_gradient
    def forward(x: tf.Tensor, *weights: tf.Tensor) -> Any:
        mean = tf.reduce_mean(x, axis=(1, 2), keepdims=True)
        with tf.GradientTape() as tape:
            tape.watch([mean, *weights])
            squeezed = activate(pointwise(mean, weights[0], weights[1]))
            gate = tf.sigmoid(pointwise(squeezed, weights[2], weights[3]))

        def backward(upstream: tf.Tensor) -> list[tf.Tensor]:
            of_gate = tf.reduce_sum(upstream * x, axis=(1, 2), keepdims=True)
            of_mean, *of_weights = tape.gradient(gate, [mean, *weights], of_gate)
            pixels = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], x.dtype)
            return [_spread(upstream, gate, of_mean / pixels), *of_weights]

        return x * gate, backward

    return forward(x, *weights)


@compiled
def _spread(upstream: tf.Tensor, gate: tf.Tensor, of_mean: tf.Tensor) -> tf.Tensor:
    return upstream * gate + of_mean

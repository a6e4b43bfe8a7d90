"""Convolutions as what this backend does fastest while training."""

from __future__ import annotations

import keras
import tensorflow as tf


def convolve(conv: keras.layers.Layer, x: tf.Tensor) -> tf.Tensor:
    """Returns what `conv` (a built convolution without activation) makes of `x` (B, H, W, C).

    A 1x1 convolution is a matrix product, and the kernel for products is faster, most of all on the way back. A
    depthwise one in half precision is computed in float32: its gradients in bfloat16 are several times slower.
    """
    if isinstance(conv, keras.layers.DepthwiseConv2D):
        return depthwise(conv, x)
    if tuple(conv.kernel_size) == tuple(conv.strides) == (1, 1) and conv.groups == 1:
        return pointwise(x, conv.kernel, conv.bias)
    return conv(x)


def pointwise(x: tf.Tensor, kernel: keras.Variable, bias: keras.Variable | None) -> tf.Tensor:
    """Returns the 1x1 convolution of `x` (B, ..., C) with a kernel (1, 1, C, D) and a bias (D,), as a product."""
    weights = tf.cast(tf.convert_to_tensor(kernel), x.dtype)
    product = tf.matmul(tf.reshape(x, (-1, x.shape[-1])), tf.reshape(weights, weights.shape[2:]))
    if bias is not None:
        product = tf.nn.bias_add(product, tf.cast(tf.convert_to_tensor(bias), x.dtype))
    result = tf.reshape(product, tf.concat([tf.shape(x)[:-1], weights.shape[3:]], axis=0))
    result.set_shape((*x.shape[:-1], weights.shape[3]))
    return result


def depthwise(conv: keras.layers.DepthwiseConv2D, x: tf.Tensor) -> tf.Tensor:
    """Returns the depthwise convolution, computed in float32 where `x` is narrower."""
    if x.dtype == tf.float32 or conv.bias is not None:
        return conv(x)
    kernel = tf.cast(tf.convert_to_tensor(conv.kernel), "float32")
    strides = (1, *conv.strides, 1)
    wide = tf.nn.depthwise_conv2d(tf.cast(x, "float32"), kernel, strides, conv.padding.upper())
    return tf.cast(wide, x.dtype)

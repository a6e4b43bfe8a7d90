"""Convolution, batch normalisation and activation while training."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from effnetv2_keras.layers.tensorflow.convolve import convolve
from effnetv2_keras.layers.tensorflow.normalise import normalise, normalise_and_silu, silu


def conv_norm(unit: Any, x: tf.Tensor) -> tf.Tensor:
    """Returns what `unit` (a built `ConvNorm`) makes of `x` (B, H, W, C), padded already, and moves its statistics."""
    x = convolve(unit.conv, x)
    is_silu = unit.activate is keras.activations.silu
    norm = unit.norm
    if norm is None or not _has_batch_statistics(norm):
        x = x if norm is None else norm(x, training=True)
        return silu(x) if is_silu else unit.activate(x)
    kernel = normalise_and_silu if is_silu else normalise
    x, mean, variance = kernel(x, norm.gamma.value, norm.beta.value, norm.epsilon)
    for moving, new in ((norm.moving_mean, mean), (norm.moving_variance, variance)):
        moving.assign(moving * norm.momentum + new * (1.0 - norm.momentum))
    return x if is_silu else unit.activate(x)


def _has_batch_statistics(norm: keras.layers.BatchNormalization) -> bool:
    """Tells whether `norm` takes its statistics from this batch on this device alone: not if frozen or synchronised."""
    return norm.trainable and not norm.synchronized and not norm.renorm

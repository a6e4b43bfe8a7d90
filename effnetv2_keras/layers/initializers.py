"""What new weights are drawn from.  Source: facts 1.2, as released."""

from __future__ import annotations

import math

import keras

from effnetv2_keras.configs.conv import Conv


def conv_initializer(conv: Conv) -> keras.initializers.Initializer:
    """Returns the normal distribution, not truncated, of variance 2 / (kernel height * kernel width * outputs).

    A depthwise kernel counts one output. keras.applications truncates instead.
    """
    outputs = 1 if conv.is_depthwise else conv.channels
    return keras.initializers.RandomNormal(stddev=math.sqrt(2.0 / (conv.kernel**2 * outputs)))


def dense_initializer(num_classes: int) -> keras.initializers.Initializer:
    """Returns the uniform distribution between -1 / sqrt(classes) and 1 / sqrt(classes)."""
    limit = 1.0 / math.sqrt(num_classes)
    return keras.initializers.RandomUniform(-limit, limit)

"""What new weights are drawn from.  Source: facts 1.2, as released."""

from __future__ import annotations

import math

import keras


def conv_initializer(kernel: int, outputs: int) -> keras.initializers.Initializer:
    """Returns the normal distribution, not truncated, of variance 2 / (kernel^2 * outputs).

    A depthwise kernel counts one output. keras.applications truncates instead.

    Args:
        kernel: side of the kernel.
        outputs: output channels.
    """
    return keras.initializers.RandomNormal(stddev=math.sqrt(2.0 / (kernel**2 * outputs)))


def dense_initializer(num_classes: int) -> keras.initializers.Initializer:
    """Returns the uniform distribution between -1 / sqrt(classes) and 1 / sqrt(classes)."""
    limit = 1.0 / math.sqrt(num_classes)
    return keras.initializers.RandomUniform(-limit, limit)

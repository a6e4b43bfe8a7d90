"""What new weights are drawn from.  Source: facts 1.2, as released."""

from __future__ import annotations

import math

import keras

IMAGENET_CLASSES = 1000


def conv_initializer(kernel: int, outputs: int) -> keras.initializers.Initializer:
    """Returns the normal distribution, not truncated, of variance 2 / (kernel^2 * outputs).

    A depthwise kernel counts one output. keras.applications truncates instead.

    Args:
        kernel: side of the kernel.
        outputs: output channels.
    """
    return keras.initializers.RandomNormal(stddev=math.sqrt(2.0 / (kernel**2 * outputs)))


def dense_initializer(num_classes: int, num_features: int) -> keras.initializers.Initializer:
    """Returns the uniform distribution that a classifier's weights begin with.

    Its limit is 1 / sqrt(classes), as released, for the 1,000 classes of ImageNet and more. For fewer classes that
    grows until the logits start far apart: with 4 classes and 1280 features at a loss of 5, where guessing has 1.4. So
    there it is 1 / sqrt(features), as PyTorch's linear layers have it, but never below ImageNet's nor above the
    released one (docs/decisions/few_classes.md).

    Args:
        num_classes: outputs, at least 1.
        num_features: inputs, at least 1.
    """
    limit = 1.0 / math.sqrt(max(num_classes, min(num_features, IMAGENET_CLASSES)))
    return keras.initializers.RandomUniform(-limit, limit)

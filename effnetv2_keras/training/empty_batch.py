"""Batches without images: where all files of one are damaged, or a worker's share of the images is used up."""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import ops


def answered_when_empty(
    network: Callable[[keras.KerasTensor], keras.KerasTensor], images: keras.KerasTensor
) -> keras.KerasTensor:
    """Returns `network(images)`, of none if there are none.

    TensorFlow's convolutions of oneDNN give an empty batch the shape of their input, and what follows them fails. So a
    batch that turns out empty goes through the network with one black image, whose answer is left out.
    """
    if images.shape[0] is not None or isinstance(images, keras.KerasTensor):
        return network(images)
    shape = ops.shape(images)
    black = ops.zeros((ops.maximum(1 - shape[0], 0), *shape[1:]), dtype=images.dtype)
    return network(ops.concatenate([images, black]))[: shape[0]]

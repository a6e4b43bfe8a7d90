"""Augments batches whose number of images changes from phase to phase, in one traced step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import keras
from keras import ops

Batch = tuple[keras.KerasTensor, keras.KerasTensor]


def with_known_size(
    augment: Callable[[keras.KerasTensor, keras.KerasTensor], Batch],
    images: keras.KerasTensor,
    labels: keras.KerasTensor,
    sizes: Sequence[int],
) -> Batch:
    """Calls `augment` with a batch of known size: the augmentation shares its images out before it sees them.

    Args:
        augment: maps images (B, H, W, 3) and label rows (B, K) to a batch of the same shapes, B known when traced.
        images: (B, H, W, 3), B not known.
        labels: (B, K).
        sizes: what B may be.

    Returns:
        What `augment` gives, in the branch of the size that the batch has.
    """
    count = ops.shape(images)[0]

    def at(size: int) -> Batch:
        rows = ops.arange(size, dtype="int32") % count  # all rows in order where the branch is taken; legal where not
        return augment(ops.take(images, rows, axis=0), ops.take(labels, rows, axis=0))

    *others, last = sizes
    call: Callable[[], Batch] = partial(at, last)
    for size in reversed(others):
        call = partial(ops.cond, count == size, partial(at, size), call)
    return call()

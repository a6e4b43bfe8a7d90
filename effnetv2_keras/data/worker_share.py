"""What each of several machines reads: a part of every batch, and of the images that are measured."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from effnetv2_keras.data.manifest import Split
from effnetv2_keras.errors import UsageError


def own_batch(batch_size: int, num_workers: int) -> int:
    """Returns the images of a batch that each worker reads.

    Raises:
        UsageError: if they cannot be shared out evenly.
    """
    if batch_size % num_workers:
        raise UsageError(f"`batch_size` must be a multiple of the number of workers, {num_workers}. Got: {batch_size}.")
    return batch_size // num_workers


def own_images(split: Split, worker: int, num_workers: int) -> Split:
    """Returns the images of `split` that one worker measures; each image is measured by one.

    Raises:
        UsageError: if there are fewer images than workers.
    """
    if len(split) < num_workers:
        raise UsageError(
            f"The {split.name} split must hold an image for each of {num_workers} workers. Got: {len(split)}."
        )
    return split if num_workers == 1 else split.select(np.arange(worker, len(split), num_workers), split.name)


def as_long_as_the_others(data: tf.data.Dataset, num_images: int, batch_size: int, num_workers: int) -> tf.data.Dataset:
    """Returns `data` with empty batches at the end, so that every worker has as many steps.

    Args:
        data: batches of one worker's images, of any number of images each.
        num_images: of all workers.
        batch_size: images a batch of each worker.
        num_workers: how many there are.
    """
    most = -(-num_images // num_workers)
    missing = -(-most // batch_size) - int(data.cardinality())
    if missing <= 0:
        return data
    empty = [tf.zeros([0, *spec.shape[1:]], spec.dtype) for spec in data.element_spec]
    return data.concatenate(tf.data.Dataset.from_tensors(tuple(empty)).repeat(missing))

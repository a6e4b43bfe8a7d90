"""Which of several replicas a step runs on, and what each does for itself."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

SEEDS_APART = 104729  # between the seeds of two replicas: seeds of layers are often neighbours


def is_alone() -> bool:
    """Tells whether this step runs on one replica."""
    context = tf.distribute.get_replica_context()
    return context is not None and context.num_replicas_in_sync == 1


def parts_of_replica(parts: int) -> tuple[tf.Tensor | int, int, int]:
    """Returns the number of the first part of a batch that this replica has, how many it has, and how many there are.

    Args:
        parts: in which the whole batch is divided, a multiple of the number of replicas; 0 for as many as these.
    """
    context = tf.distribute.get_replica_context()
    replicas = 1 if context is None else context.num_replicas_in_sync
    parts = parts or replicas
    own = parts // replicas
    first = 0 if replicas == 1 else tf.cast(context.replica_id_in_sync_group, tf.int32) * own
    return first, own, parts


class OwnSeed(keras.random.SeedGenerator):
    """Gives each replica other numbers than its neighbours, from one generator that they all have a copy of."""

    def __init__(self, shared: keras.random.SeedGenerator) -> None:
        # The parent's __init__ would make a variable.
        self.shared = shared

    def next(self, ordered: bool = True) -> tf.Tensor:
        """Returns the seed of the next draw, (2,) integer; on the first replica the generator's own."""
        seed = self.shared.next(ordered)
        context = tf.distribute.get_replica_context()
        if context is None or context.num_replicas_in_sync == 1:
            return seed
        replica = tf.cast(context.replica_id_in_sync_group, seed.dtype)
        return seed + tf.stack([replica * SEEDS_APART, tf.zeros_like(replica)])


def move_towards(averages: Sequence[keras.Variable], weights: Sequence[keras.Variable], share: tf.Tensor) -> None:
    """Moves each average by `share` (scalar) of its distance from its weight; every replica moves its own copy."""

    def move(average: tf.Variable, weight: tf.Tensor, share: tf.Tensor) -> None:
        distance = average - tf.cast(weight, average.dtype)
        tf.raw_ops.ResourceApplyGradientDescent(var=average.handle, alpha=share, delta=distance)  # in one pass

    pairs = [(average.value, weight.value) for average, weight in zip(averages, weights, strict=True)]
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        for average, weight in pairs:
            move(average, weight, share)
        return

    def everywhere(strategy: tf.distribute.Strategy, share: tf.Tensor) -> None:
        for average, weight in pairs:
            strategy.extended.update(average, move, args=(weight, share), group=False)

    context.merge_call(everywhere, args=(share,))

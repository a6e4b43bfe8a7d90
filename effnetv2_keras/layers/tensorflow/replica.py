"""Which of several replicas a step runs on, and what each does for itself."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf


def step_of_replica(step: tf.Tensor) -> tf.Tensor:
    """Returns a number for `step` (scalar int32) that no other replica and no other step has."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return step
    return step * context.num_replicas_in_sync + tf.cast(context.replica_id_in_sync_group, step.dtype)


def move_towards(averages: Sequence[keras.Variable], weights: Sequence[keras.Variable], share: tf.Tensor) -> None:
    """Moves each average by `share` (scalar) of its distance from its weight; every replica moves its own copy."""

    def move(average: tf.Variable, weight: tf.Tensor, share: tf.Tensor) -> None:
        average.assign_add((tf.cast(weight, average.dtype) - average) * share)

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

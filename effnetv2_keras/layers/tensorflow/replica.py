"""Which of several replicas a step runs on."""

from __future__ import annotations

import tensorflow as tf


def step_of_replica(step: tf.Tensor) -> tf.Tensor:
    """Returns a number for `step` (scalar int32) that no other replica and no other step has."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return step
    return step * context.num_replicas_in_sync + tf.cast(context.replica_id_in_sync_group, step.dtype)

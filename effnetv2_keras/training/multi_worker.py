"""Several machines that take every step together. Experimental: Keras 3.15 alone cannot, see `needs_mending`."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from effnetv2_keras.configs.cluster import SLURM, Cluster
from effnetv2_keras.errors import LostWorker, UsageError
from effnetv2_keras.training.meeting import wait_for_all
from effnetv2_keras.training.replicas import is_multi_worker

SHORTEST_HEARTBEAT = 5
MEET_SECONDS = 300  # so long the workers wait for each other at the start
STEP_SECONDS = 600  # so long one step may wait for another worker's part
JOB = "worker"
LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError, tf.errors.CancelledError)
STOCK_FAILURES = (ValueError, TypeError, AttributeError, tf.errors.InvalidArgumentError)


def slurm_cluster() -> Cluster:
    """Returns the cluster that SLURM has started this process in.

    Raises:
        UsageError: if it has not.
    """
    try:
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(auto_set_gpu=True)
        addresses = resolver.cluster_spec().as_dict()[JOB]
    except (RuntimeError, KeyError, ValueError, OSError) as error:
        raise UsageError(f"`workers` may be {SLURM!r} inside `srun` only. Got: {error}.") from None
    return Cluster(tuple(addresses), int(resolver.task_id))


def join(cluster: Cluster, *, heartbeat: int, meet: int = MEET_SECONDS) -> tf.distribute.Strategy:
    """Waits for all workers of `cluster` and returns the strategy they share; call it before anything of TensorFlow.

    Args:
        cluster: who they are.
        heartbeat: seconds after which a worker that says nothing is lost, and the others stop.
        meet: seconds that they wait for each other.

    Raises:
        LostWorker: if not all have come by then.
        UsageError: if this worker has several devices, or `heartbeat` is too short.
    """
    if heartbeat < SHORTEST_HEARTBEAT:
        raise UsageError(f"`heartbeat` must be at least {SHORTEST_HEARTBEAT} s. Got: {heartbeat}.")
    wait_for_all(cluster, meet)
    _expect_heartbeats(cluster, heartbeat, meet)
    spec = tf.train.ClusterSpec({JOB: list(cluster.workers)})
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(spec, task_type=JOB, task_id=cluster.index)
    options = tf.distribute.experimental.CommunicationOptions(timeout_seconds=STEP_SECONDS)
    with _no_longer_than(meet, f"{len(cluster)} workers must meet within {meet} s. Got: not all of them."):
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver, communication_options=options)
    if len(strategy.extended.worker_devices) > 1:
        raise UsageError(
            f"A worker must have one device: start one for each GPU (CUDA_VISIBLE_DEVICES=0, 1, ...). "
            f"Got: {len(strategy.extended.worker_devices)}."
        )
    return strategy


def needs_mending(strategy: tf.distribute.Strategy) -> bool:
    """Tells, by a step of a network of one weight, whether `fit` of this Keras fails on several machines.

    Keras 3.15.1 hands `strategy.reduce` a batch that is not a tensor, and reduces scalars along an axis (keras#20585).
    """
    return _failure(strategy, keras.Sequential) is not None


def check_mended(strategy: tf.distribute.Strategy, sequential: Any) -> None:
    """Refuses a Keras whose `fit` fails in another way than the known one.

    Raises:
        UsageError: if it does, with what it fails with.
    """
    failure = _failure(strategy, sequential)
    if failure is not None:
        raise UsageError(
            f"Keras must train on several machines, as 3.15 does with help. Got: {keras.__version__}, which fails: "
            f"{type(failure).__name__}: {' '.join(str(failure).split())[:300]}"
        )


def shared(strategy: tf.distribute.Strategy, data: Any, class_weight: dict[int, float] | None = None) -> Any:
    """Returns `data`, a dataset of this worker's part of every batch, as `fit` takes it on several machines.

    Args:
        strategy: of the machines.
        data: batches of images and labels.
        class_weight: of each class number, which become weights of the images; None for none.

    Raises:
        UsageError: if `data` is no dataset.
    """
    if isinstance(data, tf.distribute.DistributedDataset):
        return data
    if not isinstance(data, tf.data.Dataset):
        raise UsageError(f"On several machines data must be a tf.data.Dataset. Got: {type(data).__name__}.")
    if class_weight is not None:
        weights = tf.constant([class_weight.get(k, 1.0) for k in range(max(class_weight) + 1)], tf.float32)
        data = data.map(lambda images, labels: (images, labels, tf.gather(weights, labels)))
    return strategy.distribute_datasets_from_function(lambda context: data)


def agree(strategy: tf.distribute.Strategy, variables: Iterable[keras.Variable]) -> None:
    """Gives `variables`, those of floating point, the mean of their values on all workers; all call it together."""
    variables = [variable for variable in variables if "float" in str(variable.dtype)]
    if not variables:
        return
    values = [ops.copy(ops.convert_to_tensor(variable)) for variable in variables]
    flat = tf.concat([tf.reshape(tf.cast(value, tf.float32), (-1,)) for value in values], axis=0)
    parts = tf.split(_reduced(strategy, tf.distribute.ReduceOp.MEAN, flat), [int(tf.size(value)) for value in values])
    for variable, value, part in zip(variables, values, parts, strict=True):
        variable.assign(tf.cast(tf.reshape(part, tf.shape(value)), value.dtype))


def bytes_from_chief(strategy: tf.distribute.Strategy, content: bytes) -> bytes:
    """Returns the chief's `content`; what the others give does not count. All call it together."""
    is_chief = strategy.cluster_resolver.task_id == 0
    size = int(_sum(strategy, tf.constant(len(content) if is_chief else 0, tf.int32)))
    if not size:
        return b""  # a reduction of nothing ends TensorFlow's process
    words = -(-size // 4)
    own = content.ljust(4 * words, b"\0") if is_chief else bytes(4 * words)
    return _sum(strategy, tf.constant(np.frombuffer(own, np.int32))).numpy().tobytes()[:size]


@contextmanager
def told_of_lost_workers(strategy: Any) -> Iterator[None]:
    """Turns what TensorFlow says when another worker is gone into a sentence.

    Raises:
        LostWorker: with what to do.
    """
    try:
        yield
    except LOST as error:
        text = " ".join(str(error).split())
        if not is_multi_worker(strategy):
            raise
        why = text[max(text.find("Collective ops is aborted"), 0) :]
        raise LostWorker(
            f"All workers must stay to the end; start all of them again with the same commands, and they go on from "
            f"the last checkpoint. Got: {why[:300]}"
        ) from error


def _expect_heartbeats(cluster: Cluster, heartbeat: int, meet: int) -> None:
    """Sets what TensorFlow leaves at its default: it has no public name for this."""
    from tensorflow.compiler.xla.tsl.protobuf.coordination_config_pb2 import CoordinatedJob
    from tensorflow.python.eager.context import context

    context().configure_coordination_service(
        "standalone",
        service_leader=f"/job:{JOB}/replica:0/task:0",
        cluster_register_timeout_in_ms=2 * meet * 1000,  # the sentence of `_no_longer_than` comes first
        heartbeat_timeout_in_ms=heartbeat * 1000,
        coordinated_jobs=[CoordinatedJob(name=JOB, num_tasks=len(cluster))],
    )


@contextmanager
def _no_longer_than(seconds: int, sentence: str) -> Iterator[None]:
    """Ends the process where TensorFlow waits for ever: nothing in Python can break it off."""

    def give_up() -> None:
        print(f"effnetv2: {sentence}", file=sys.stderr, flush=True)
        os._exit(LostWorker.exit_code)

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _failure(strategy: tf.distribute.Strategy, sequential: Any) -> Exception | None:
    with strategy.scope():
        probe = sequential([keras.Input((1,)), keras.layers.Dense(1)])
        probe.compile("sgd", "mse")
    data = tf.data.Dataset.from_tensors((tf.zeros((1, 1)), tf.zeros((1, 1))))
    try:
        probe.fit(strategy.distribute_datasets_from_function(lambda context: data), verbose=0, shuffle=False)
    except STOCK_FAILURES as error:
        return error
    return None


def _sum(strategy: tf.distribute.Strategy, value: tf.Tensor) -> tf.Tensor:
    return _reduced(strategy, tf.distribute.ReduceOp.SUM, value)


def _reduced(strategy: tf.distribute.Strategy, how: tf.distribute.ReduceOp, value: tf.Tensor) -> tf.Tensor:
    return strategy.reduce(how, _everywhere(strategy)(value), axis=None)


@functools.cache  # a new function each time would be traced each time, which TensorFlow warns of
def _everywhere(strategy: tf.distribute.Strategy) -> Callable[[tf.Tensor], Any]:
    return tf.function(lambda value: strategy.run(tf.identity, (value,)), autograph=False)

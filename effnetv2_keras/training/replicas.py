"""Copies of a network that take one step together, each on a device of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


def num_replicas(model: keras.Model) -> int:
    """Returns how many copies of `model` share each batch."""
    return int(model.distribute_strategy.num_replicas_in_sync) if keras.backend.backend() == "tensorflow" else 1


def worker_of(model: keras.Model) -> tuple[int, int]:
    """Returns which of the processes that train `model` together this is, from 0, and how many they are."""
    if keras.backend.backend() != "tensorflow" or not is_multi_worker(model.distribute_strategy):
        return 0, 1
    resolver = model.distribute_strategy.cluster_resolver
    return int(resolver.task_id), int(resolver.cluster_spec().num_tasks(resolver.task_type))


def is_multi_worker(strategy: Any) -> bool:
    """Tells whether the copies are in several processes."""
    return bool(getattr(strategy.extended, "_in_multi_worker_mode", bool)())


@contextmanager
def shared_statistics(model: keras.Model) -> Iterator[None]:
    """Has batch normalisation take the statistics of the whole batch while `model` trains on several devices.

    A device's part alone may be a few images. The released code shares them too.
    """
    is_shared = num_replicas(model) > 1
    layers = [layer for layer in model.network._flatten_layers() if hasattr(layer, "synchronized")] if is_shared else []
    before = [layer.synchronized for layer in layers]
    for layer in layers:
        layer.synchronized = True
    try:
        yield
    finally:
        for layer, was in zip(layers, before, strict=True):
            layer.synchronized = was

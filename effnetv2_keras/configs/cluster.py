"""The machines that train one network together: who they are, and which of them this is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from effnetv2_keras.errors import UsageError

TF_CONFIG = "TF_CONFIG"
SLURM = "slurm"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Workers that take every step together.

    Args:
        workers: where each listens, as HOST:PORT; the first is the chief, who alone writes the run.
        index: of this one, from 0.

    Raises:
        UsageError: if a worker is no HOST:PORT, two are the same, there are fewer than 2, or `index` is that of none.
    """

    workers: tuple[str, ...]
    index: int

    def __post_init__(self) -> None:
        for worker in self.workers:
            host, _, port = worker.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise UsageError(f"`workers` must be HOST:PORT, with commas between. Got: {worker!r}.")
        if len(set(self.workers)) != len(self.workers):
            raise UsageError(f"`workers` must each listen elsewhere. Got: {', '.join(self.workers)}.")
        if len(self.workers) < 2:
            raise UsageError(f"`workers` must be at least 2; one trains without. Got: {len(self.workers)}.")
        if not 0 <= self.index < len(self.workers):
            raise UsageError(f"`worker_index` must be from 0 to {len(self.workers) - 1}. Got: {self.index}.")

    def __len__(self) -> int:
        return len(self.workers)

    @property
    def is_chief(self) -> bool:
        """Whether this worker writes the run."""
        return self.index == 0

    def share(self, count: int, name: str) -> int:
        """Returns each worker's part of `count`.

        Raises:
            UsageError: if it cannot be shared out evenly.
        """
        if count % len(self):
            raise UsageError(f"`{name}` must be a multiple of the number of workers, {len(self)}. Got: {count}.")
        return count // len(self)


def find_cluster(
    workers: str | None, index: int | None, environment: Mapping[str, str] = os.environ
) -> Cluster | str | None:
    """Returns the cluster that was asked for, "slurm" where SLURM has to say it, None for one worker.

    Args:
        workers: "HOST:PORT,HOST:PORT" with `index`, "slurm", or None for what the environment's `TF_CONFIG` says.
        index: which of them this is.
        environment: the variables of this process.

    Raises:
        UsageError: if they are not complete.
    """
    if workers == SLURM:
        return SLURM
    if workers is not None:
        if index is None:
            raise UsageError("`worker_index` must be given with `workers`: which of them this is. Got: none.")
        return Cluster(tuple(worker.strip() for worker in workers.split(",")), index)
    if index is not None:
        raise UsageError(f"`workers` must be given with `worker_index`. Got: worker_index={index} alone.")
    return _from_tf_config(environment.get(TF_CONFIG, ""))


def _from_tf_config(text: str) -> Cluster | None:
    if not text.strip():
        return None
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        workers = [*cluster.get("chief", []), *cluster.get("worker", [])]
        others = sorted(set(cluster) - {"chief", "worker"})
        first = 0 if task["type"] == "chief" else len(cluster.get("chief", []))
        index = first + int(task["index"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{TF_CONFIG} must be JSON with `cluster` and `task`. Got: {type(error).__name__}: {error}."
        ) from None
    if others or task["type"] not in ("chief", "worker"):
        raise UsageError(f"{TF_CONFIG} must have workers alone. Got: {', '.join(others) or task['type']}.")
    return Cluster(tuple(workers), index) if len(workers) > 1 else None

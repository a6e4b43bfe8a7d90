"""What a run trains on: one device, several of this machine, or several machines."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from effnetv2_keras.configs.cluster import Cluster
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.training.shared_run import files_of, write_files

ALL = "all"


@dataclass(frozen=True, slots=True)
class Team:
    """The devices that take every step together.

    Attributes:
        strategy: how; None for the one device that TensorFlow takes by itself.
        cluster: the machines, where they are several.
    """

    strategy: tf.distribute.Strategy | None = None
    cluster: Cluster | None = None

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run."""
        return self.cluster is None or self.cluster.is_chief

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Has everything inside be made on these devices.

        Raises:
            LostWorker: if another machine goes away.
        """
        if self.strategy is None:
            yield
            return
        from effnetv2_keras.training.multi_worker import told_of_lost_workers

        with told_of_lost_workers(self.strategy), self.strategy.scope():
            yield

    @contextmanager
    def run_directory(self, out: Path, *, overwrite: bool) -> Iterator[Path]:
        """Gives the directory of the run: `out` for the chief, for others one that is gone in the end.

        A run that goes on is copied from the chief, so no file has to be shared between the machines.

        Raises:
            LostWorker: if another machine goes away.
        """
        if self.cluster is None:
            yield out
            return
        from effnetv2_keras.training.multi_worker import bytes_from_chief, told_of_lost_workers

        content = files_of(out) if self.is_chief and not overwrite else b""
        with told_of_lost_workers(self.strategy):
            content = bytes_from_chief(self.strategy, content)
        with contextlib.ExitStack() as stack:
            if not self.is_chief:
                out = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="effnetv2-worker-"))) / "run"
                write_files(content, out)
            yield out

    def check_same(self, file: Path, what: str) -> None:
        """Refuses `file`, which says what this worker has, where the chief's says something else.

        Raises:
            DataError: if it does.
        """
        if self.cluster is None:
            return
        from effnetv2_keras.training.multi_worker import bytes_from_chief

        own = file.read_bytes()
        if bytes_from_chief(self.strategy, own) != own:
            raise DataError(
                f"All workers must have the same {what}. Got: worker {self.cluster.index} has other than the chief."
            )


def find_team(devices: str | None, cluster: Cluster | str | None, heartbeat: int = 30) -> Team:
    """Returns the devices that were asked for; call it before TensorFlow has begun to work.

    Without GPUs the processor counts as so many devices as are asked for: that trains no faster, but shows the way.

    Args:
        devices: a number or "all", of this machine; None for one.
        cluster: the machines, or "slurm".
        heartbeat: seconds after which a machine that says nothing is lost.

    Raises:
        UsageError: if they are not there.
    """
    if cluster is not None:
        if devices is not None:
            raise UsageError(f"`devices` must not be given with `workers`: each has one device. Got: {devices}.")
        from effnetv2_keras.training.multi_worker import join, slurm_cluster

        known = cluster if isinstance(cluster, Cluster) else slurm_cluster()
        return Team(join(known, heartbeat=heartbeat), known)
    gpus = tf.config.list_physical_devices("GPU")
    count = _number(devices, max(len(gpus), 1))
    if count == 1:
        return Team()
    kind = "GPU" if gpus else "CPU"
    if gpus and count > len(gpus):
        raise UsageError(f"`devices` must be at most the number of GPUs, {len(gpus)}. Got: {count}.")
    if not gpus:
        _divide_cpu(count)
    return Team(tf.distribute.MirroredStrategy([f"{kind}:{index}" for index in range(count)]))


def _number(devices: str | None, there: int) -> int:
    if devices is None:
        return 1
    if devices == ALL:
        return there
    if not devices.isdecimal() or int(devices) < 1:
        raise UsageError(f"`devices` must be a number from 1, or {ALL!r}. Got: {devices}.")
    return int(devices)


def _divide_cpu(count: int) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError as error:
        raise UsageError(f"`devices` must be chosen before TensorFlow begins to work. Got: {error}.") from None

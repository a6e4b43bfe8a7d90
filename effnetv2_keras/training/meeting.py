"""Waits until all workers of a cluster are there, before TensorFlow waits for them: then nothing can be interrupted."""

from __future__ import annotations

import contextlib
import socket
import time

from effnetv2_keras.configs.cluster import Cluster
from effnetv2_keras.errors import LostWorker

POLL = 0.2  # seconds between two knocks


def wait_for_all(cluster: Cluster, seconds: float) -> None:
    """Answers at this worker's port and knocks at the others', until each has answered once.

    Args:
        cluster: who they are.
        seconds: so long at most.

    Raises:
        LostWorker: if not all have come by then.
    """
    deadline = time.monotonic() + seconds
    missing = [address for index, address in enumerate(cluster.workers) if index != cluster.index]
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # TensorFlow will say why the port cannot be had
            door.bind(("", int(cluster.workers[cluster.index].rpartition(":")[2])))
            door.listen(len(cluster))
        while True:
            missing = [address for address in missing if not _answers(address)]
            if not missing:
                return
            if time.monotonic() >= deadline:
                raise LostWorker(
                    f"{len(cluster)} workers must meet within {seconds:g} s. Got: nothing from {', '.join(missing)}."
                )
            time.sleep(POLL)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=2):
            return True
    except OSError:
        return False

"""What one batch costs: time, CPU time and memory. Shared by the files of augment_ops.py; imports nothing large."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

MAGNITUDE = 10
LAYERS = 2
SLOW = 10.0  # s: a way whose batch takes longer is measured once

Batch = np.ndarray  # (B, H, W, 3) uint8


class Spent(NamedTuple):
    """What one batch took."""

    wall: float  # s
    cpu: float  # s, over all cores and processes
    elsewhere: int = 0  # KiB that worker processes held at most, above what they held when their libraries were loaded


Run = Callable[[int], Spent]  # changes one batch in step number n
Make = Callable[[Batch, ExitStack], Run]  # processes that a way starts end with the stack


def timed(function: Callable[[], object]) -> Spent:
    """Counts the time of this process, all its threads together."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def held(field: str) -> int:
    """Reads KiB from Linux's account of this process: now (VmRSS) or at most so far (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def random_batch(size: int, batch: int) -> Batch:
    """Returns images of noise: no operation is cheaper on them than on photos."""
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, 3)).astype("uint8")

"""How long calls take, and how much they differ."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

WARM_UP = 3  # calls that are not counted: the first ones allocate and fill caches


@dataclass(frozen=True, slots=True)
class Latency:
    """Times of calls.

    Args:
        num_calls: how many were timed.
        median: ms.
        low: ms, what a tenth of them are below.
        high: ms, what a tenth of them are above.
    """

    num_calls: int
    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"median {self.median:.2f} ms, 10 % to 90 % {self.low:.2f} to {self.high:.2f} ms, {self.num_calls} calls"


def measure_latency(call: Callable[[], None], num_calls: int) -> Latency:
    """Times calls one by one, after a few that are not counted."""
    for _ in range(WARM_UP):
        call()
    times = []
    for _ in range(num_calls):
        begun = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - begun))
    return summarise(times)


def summarise(times: list[float]) -> Latency:
    """Returns the figures of times in ms."""
    tenths = statistics.quantiles(times, n=10, method="inclusive") if len(times) > 1 else times * 9
    return Latency(len(times), statistics.median(times), tenths[0], tenths[-1])

"""Counters for Prometheus, under TF Serving's names where it has them.

Source: TF Serving, `model_servers/` and `servables/tensorflow/util.cc` (names and buckets); Prometheus, "Exposition
formats" (the text).
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence

CONTENT_TYPE = "text/plain; version=0.0.4"
LATENCIES = tuple(10 * 1.8**power for power in range(33))  # millionths of a second
BATCH_SIZES = tuple(float(2**power) for power in range(11))  # rows
Labels = tuple[str, ...]


class Counter:
    """Sums a label.

    Args:
        name: for Prometheus.
        labels: names of the labels.
    """

    kind = "counter"

    def __init__(self, name: str, labels: Sequence[str]) -> None:
        self.name, self._labels = name, tuple(labels)
        self._sums: dict[Labels, float] = {}
        self._lock = threading.Lock()

    def add(self, amount: float, *labels: str) -> None:
        """Adds to the sum of these labels."""
        with self._lock:
            self._sums[labels] = self._sums.get(labels, 0) + amount

    def value(self, *labels: str) -> float:
        """Returns the sum of these labels."""
        return self._sums.get(labels, 0)

    def lines(self) -> list[str]:
        """Returns the samples as text."""
        with self._lock:
            return [
                f"{self.name}{_written(self._labels, labels)} {total:g}" for labels, total in sorted(self._sums.items())
            ]


class Gauge(Counter):
    """What goes up and down."""

    kind = "gauge"


class Histogram:
    """Counts values by size, a label.

    Args:
        name: for Prometheus.
        labels: names of the labels.
        bounds: of the sizes, rising.
    """

    kind = "histogram"

    def __init__(self, name: str, labels: Sequence[str], bounds: Sequence[float]) -> None:
        self.name, self._labels, self._bounds = name, tuple(labels), tuple(bounds)
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}
        self._lock = threading.Lock()

    def observe(self, value: float, *labels: str) -> None:
        """Counts a value."""
        with self._lock:
            counts = self._counts.setdefault(labels, [0] * (len(self._bounds) + 1))
            counts[bisect_left(self._bounds, value)] += 1
            self._sums[labels] = self._sums.get(labels, 0) + value

    def lines(self) -> list[str]:
        """Returns the samples as text."""
        lines = []
        with self._lock:
            for labels, counts in sorted(self._counts.items()):
                total = 0
                for bound, count in zip((*(f"{b:g}" for b in self._bounds), "+Inf"), counts, strict=True):
                    total += count
                    lines.append(f"{self.name}_bucket{_written((*self._labels, 'le'), (*labels, bound))} {total}")
                where = _written(self._labels, labels)
                lines += [f"{self.name}_sum{where} {self._sums[labels]:g}", f"{self.name}_count{where} {total}"]
        return lines


class Metrics:
    """Everything a server counts."""

    def __init__(self) -> None:
        self.requests = Counter(":tensorflow:serving:request_count", ["model_name", "status"])
        self.latency = Histogram(":tensorflow:serving:request_latency", ["model_name", "API", "entrypoint"], LATENCIES)
        self.batches = Histogram(
            ":tensorflow:serving:batching_session:processed_batch_size", ["model_name"], BATCH_SIZES
        )
        self.loads = Counter("effnetv2_serving_loads", ["model_name", "status"])
        self.in_flight = Gauge("effnetv2_serving_requests_in_flight", ["entrypoint"])
        self.refused = Counter("effnetv2_serving_requests_refused", ["entrypoint"])

    def text(self) -> str:
        """Returns all of it as Prometheus reads it."""
        lines = []
        for metric in (self.requests, self.latency, self.batches, self.loads, self.in_flight, self.refused):
            lines += [f"# TYPE {metric.name} {metric.kind}", *metric.lines()]
        return "\n".join(lines) + "\n"


def _written(names: Sequence[str], values: Sequence[str]) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""How much is taken on at once; what is more is refused at once, before it costs anything."""

from __future__ import annotations

import threading

from effnetv2_keras.serving.metrics import Metrics
from effnetv2_keras.serving.refusal import Refusal


class Admission:
    """Counts the requests that are being answered.

    Args:
        most: at the same time, over REST and gRPC together.
        metrics: is told of them.
    """

    def __init__(self, most: int, metrics: Metrics) -> None:
        self.most, self._metrics = most, metrics
        self._count = 0
        self._lock = threading.Lock()

    def enter(self, entrypoint: str) -> None:
        """Takes a request on.

        Raises:
            Refusal: UNAVAILABLE where there are too many.
        """
        with self._lock:
            if self._count >= self.most:
                self._metrics.refused.add(1, entrypoint)
                raise Refusal("UNAVAILABLE", f"The server answers at most {self.most} requests at once. Try again.")
            self._count += 1
        self._metrics.in_flight.add(1, entrypoint)

    def leave(self, entrypoint: str) -> None:
        """Says that a request is answered."""
        with self._lock:
            self._count -= 1
        self._metrics.in_flight.add(-1, entrypoint)

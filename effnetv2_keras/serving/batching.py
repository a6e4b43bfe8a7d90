"""How a server merges requests.

Source: TF Serving, `batching/README.md` and `session_bundle_config.proto`; the defaults are those of
`basic_batch_scheduler.h`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class Batching:
    """How requests become a batch.

    Args:
        max_batch_size: rows.
        batch_timeout_micros: how long the first request waits for others, in millionths of a second.
        max_enqueued_batches: full batches that may wait; more is refused at once.
        num_batch_threads: batches that are run side by side.
        allowed_batch_sizes: the sizes that the model is run with; batches are filled up to one of them. Empty for any.

    Raises:
        UsageError: for a number below 1, or below 0 for `batch_timeout_micros`; or sizes that do not rise to
            `max_batch_size`.
    """

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    allowed_batch_sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("max_batch_size", "max_enqueued_batches", "num_batch_threads"):
            if getattr(self, name) < 1:
                raise UsageError(f"`{name}` must be at least 1. Got: {getattr(self, name)}.")
        if self.batch_timeout_micros < 0:
            raise UsageError(f"`batch_timeout_micros` must be at least 0. Got: {self.batch_timeout_micros}.")
        sizes = list(self.allowed_batch_sizes)
        if sizes and (sizes != sorted(set(sizes)) or sizes[0] < 1 or sizes[-1] != self.max_batch_size):
            raise UsageError(
                f"`allowed_batch_sizes` must rise and end in `max_batch_size`, {self.max_batch_size}. Got: {sizes}."
            )

    def padded(self, rows: int) -> int:
        """Returns the size that a batch of `rows` is run with."""
        return next((size for size in self.allowed_batch_sizes if size >= rows), rows)

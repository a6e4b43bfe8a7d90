"""Merges requests that wait at the same time into one call of the model.

Source: TF Serving, `batching_session.cc`. Where it differs: a batch that fails is run again request by request, so that
a bad image fails alone; a request larger than a batch is run by itself.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from effnetv2_keras.serving.batching import Batching
from effnetv2_keras.serving.refusal import Refusal, invalid
from effnetv2_keras.serving.servable import Servable, Tensors

Outputs = dict[str, np.ndarray]
Key = tuple  # requests with the same can be one batch


@dataclass(slots=True)
class _Request:
    signature: str
    inputs: Tensors
    rows: int
    key: Key
    since: float = field(default_factory=time.monotonic)
    outputs: Future[Outputs] = field(default_factory=Future)


class Batcher:
    """A `Servable` that merges requests in front of another.

    Args:
        servable: runs the batches.
        batching: how they are made.
        on_batch: is told the rows of each batch.
    """

    def __init__(self, servable: Servable, batching: Batching, on_batch: Callable[[int], None] | None = None) -> None:
        self.name, self.version, self.signatures = servable.name, servable.version, servable.signatures
        self._servable, self._batching, self._on_batch = servable, batching, on_batch
        self._waiting: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._collecting = threading.Lock()  # two threads would each get half a batch
        self._is_open = True
        self._threads = [
            threading.Thread(target=self._work, name=f"batch-{servable.name}-{number}", daemon=True)
            for number in range(batching.num_batch_threads)
        ]
        for thread in self._threads:
            thread.start()

    def run(self, signature: str, inputs: Tensors) -> Outputs:
        """Calls a signature, alone or with others.

        Raises:
            Refusal: UNAVAILABLE where too much is waiting, or what the call failed with.
        """
        rows = _rows(inputs)
        if rows is None or not 0 < rows < self._batching.max_batch_size:
            return self._servable.run(signature, inputs)
        request = _Request(signature, inputs, rows, _key(signature, inputs))
        with self._changed:
            if not self._is_open:
                raise Refusal("UNAVAILABLE", "The model is being unloaded")
            most = self._batching.max_enqueued_batches * self._batching.max_batch_size
            if sum(one.rows for one in self._waiting) + rows > most:
                raise Refusal("UNAVAILABLE", "The batch scheduling queue to which this task was submitted is full")
            self._waiting.append(request)
            self._changed.notify()
        return request.outputs.result()

    def close(self) -> None:
        """Answers what waits, then closes the servable."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._servable.close()

    def _work(self) -> None:
        while True:
            with self._collecting:
                batch = self._next_batch()
            if not batch:
                return
            if self._on_batch is not None:
                self._on_batch(sum(request.rows for request in batch))
            self._answer(batch)

    def _next_batch(self) -> list[_Request]:
        """Waits for a batch; returns none when the server stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._is_open)
            if not self._waiting:
                return []
            first = self._waiting.popleft()
            end = first.since + self._batching.batch_timeout_micros / 1e6
            batch, rows = [first], first.rows
            while True:
                rows = self._collect(batch, rows)
                left = end - time.monotonic()
                if rows >= self._batching.max_batch_size or left <= 0 or not self._is_open:
                    return batch
                self._changed.wait(left)

    def _collect(self, batch: list[_Request], rows: int) -> int:
        """Moves requests that fit to the batch; the others keep their order."""
        kept: deque[_Request] = deque()
        while self._waiting:
            request = self._waiting.popleft()
            if request.key == batch[0].key and rows + request.rows <= self._batching.max_batch_size:
                batch.append(request)
                rows += request.rows
            else:
                kept.append(request)
        self._waiting.extend(kept)
        if kept:
            self._changed.notify()
        return rows

    def _answer(self, batch: list[_Request]) -> None:
        if len(batch) > 1:
            try:
                answers = self._merged(batch)
            except Exception:  # one of them is at fault, and each finds out by itself
                answers = None
            if answers is not None:
                for request, outputs in zip(batch, answers, strict=True):
                    request.outputs.set_result(outputs)
                return
        for request in batch:
            try:
                request.outputs.set_result(self._merged([request])[0])
            except Exception as error:
                request.outputs.set_exception(error)

    def _merged(self, batch: list[_Request]) -> list[Outputs]:
        rows = sum(request.rows for request in batch)
        padding = self._batching.padded(rows) - rows
        inputs = {name: _join([one.inputs[name] for one in batch], padding) for name in batch[0].inputs}
        outputs = self._servable.run(batch[0].signature, inputs)
        for name, value in outputs.items():
            if len(batch) + padding > 1 and (value.ndim == 0 or len(value) != rows + padding):
                raise invalid(
                    f"Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the "
                    f"input tensors: {name} {list(value.shape)}, {rows + padding} rows"
                )
        if len(batch) + padding == 1:
            return [outputs]
        ends = np.cumsum([request.rows for request in batch])
        return [
            {name: value[end - request.rows : end] for name, value in outputs.items()}
            for request, end in zip(batch, ends, strict=True)
        ]


def _rows(inputs: Tensors) -> int | None:
    """Returns how many rows all inputs have, None where they differ or have none."""
    counts = {len(value) if value.ndim else None for value in inputs.values()}
    return counts.pop() if len(counts) == 1 else None


def _key(signature: str, inputs: Tensors) -> Key:
    return (signature, *sorted((name, value.shape[1:], value.dtype.str) for name, value in inputs.items()))


def _join(values: list[np.ndarray], padding: int) -> np.ndarray:
    """Returns rows one under the other, the first again as often as the batch has to be filled up."""
    return np.concatenate([*values, *([values[0][:1]] * padding)]) if len(values) + padding > 1 else values[0]

"""The moving average of a network's weights, which is evaluated, kept and exported in their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

from effnetv2_keras.errors import UsageError


class Ema:
    """Averages all weights of a network, BatchNorm statistics included, after every update of the optimizer.

    Update n moves the average by `1 - min(decay, (1 + n) / (10 + n))` of its distance from the weights. Until the
    first update there is no average, and the weights stand for themselves.

    Args:
        weights: of the network; those that hold no floating point numbers are left out.
        decay: share of the average that an update keeps, in (0, 1); 0.9999 in both papers.
        has_warmup: whether early updates keep less, as above.

    Raises:
        UsageError: if `decay` is out of its range.

    Source: `tf.train.ExponentialMovingAverage(decay, num_updates=global_step)` in the released main.py; Keras' own
    `use_ema` leaves out the BatchNorm statistics and overwrites the weights at the end of every `fit`.
    """

    def __init__(self, weights: Sequence[keras.Variable], decay: float, has_warmup: bool = True) -> None:
        if not 0 < decay < 1:
            raise UsageError(f"`ema_decay` must be above 0 and below 1, or 0 for no average. Got: {decay}.")
        self.decay = float(decay)
        self.has_warmup = has_warmup
        self.weights = [weight for weight in weights if "float" in str(weight.dtype)]
        self.averages = [_like(weight) for weight in self.weights]
        self.updates = keras.Variable(
            0, trainable=False, dtype="int32", name="ema_updates", aggregation="only_first_replica"
        )
        self.is_swapped = False

    @property
    def variables(self) -> list[keras.Variable]:
        """What a checkpoint has to keep, and who compiles a step has to track."""
        return [self.updates, *self.averages]

    @property
    def has_begun(self) -> bool:
        """Whether there is an average yet."""
        return int(ops.convert_to_numpy(ops.copy(ops.convert_to_tensor(self.updates)))) > 0

    def begin(self) -> None:
        """Starts from the weights as they are now."""
        self.updates.assign(0)
        for weight, average in zip(self.weights, self.averages, strict=True):
            average.assign(ops.copy(ops.convert_to_tensor(weight)))

    def update(self, has_moved: Any) -> None:
        """Takes the weights into the average where `has_moved` (scalar bool), inside the step."""
        self.updates.assign(self.updates + ops.cast(has_moved, "int32"))
        number = ops.cast(self.updates, "float32")
        kept = ops.minimum(self.decay, (1.0 + number) / (10.0 + number)) if self.has_warmup else self.decay
        share = ops.where(has_moved, 1.0 - kept, 0.0)
        if keras.backend.backend() == "tensorflow":
            from effnetv2_keras.layers.tensorflow.replica import move_towards

            move_towards(self.averages, self.weights, share)
            return
        for weight, average in zip(self.weights, self.averages, strict=True):
            average.assign(average + (ops.cast(weight, average.dtype) - average) * share)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Puts the average into the network for a while; the weights come back whatever happens."""
        if self.is_swapped or not self.has_begun:
            yield
            return
        self._swap()
        self.is_swapped = True
        try:
            yield
        finally:
            self._swap()
            self.is_swapped = False

    def _swap(self) -> None:
        """Exchanges weights and average, one variable at a time, so that no third copy is held."""
        for weight, average in zip(self.weights, self.averages, strict=True):
            before = ops.copy(ops.convert_to_tensor(weight))
            weight.assign(ops.copy(ops.convert_to_tensor(average)))
            average.assign(before)


def _like(weight: keras.Variable) -> keras.Variable:
    """Returns a float32 variable with the value of `weight`."""
    value = ops.convert_to_numpy(ops.copy(ops.convert_to_tensor(weight))).astype("float32")
    name = f"ema_{weight.path.replace('/', '_')}"
    return keras.Variable(value, trainable=False, dtype="float32", name=name, aggregation="mean", autocast=False)

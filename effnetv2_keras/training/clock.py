"""How long a progressive training still takes: later phases see larger images, and their steps cost more."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from effnetv2_keras.configs.schedule import Schedule

NEWEST = 0.05  # weight of the newest step in the mean of its size


@dataclass(frozen=True, slots=True)
class EpochTime:
    """What an epoch took.

    Attributes:
        epoch: 1 for the first.
        image_size: px.
        steps: taken in this process; fewer than an epoch has where a run went on in its middle.
        step_seconds: of one step, the first of the epoch not counted, which may compile.
        seconds: of all of it, compiling and validation included.
    """

    epoch: int
    image_size: int
    steps: int
    step_seconds: float
    seconds: float


class Clock:
    """Estimates the time left of the whole schedule from the steps so far.

    A size that was trained at costs what it did. One that is still to come is put on the line through those that were,
    over the number of pixels; after one size alone a step costs what its pixels cost. What comes after an epoch's
    steps, validation above all, takes the least that it has taken: the first time it compiles.

    Args:
        schedule: image size of every epoch.
        steps_per_epoch: length of every epoch, or of each.
        first_step: steps of the first epoch that were taken before.
    """

    def __init__(self, schedule: Schedule, steps_per_epoch: int | Sequence[int], first_step: int = 0) -> None:
        phases = [schedule.phase_at(epoch) for epoch in range(schedule.epochs)]
        each = [steps_per_epoch] * schedule.epochs if isinstance(steps_per_epoch, int) else steps_per_epoch
        self.epoch_steps = list(each)
        self.sizes = [phase.image_size for phase in phases]
        # a batch of four times as many images costs what one of twice the side does
        self.sides = [phase.image_size * (phase.batch_size or 1) ** 0.5 for phase in phases]
        self.times: list[EpochTime] = []
        self.step_seconds = float("nan")  # mean of this epoch, its first step not counted
        self._start = first_step
        self._epoch = 0
        self._costs: dict[float, float] = {}  # seconds a step, by side
        self._after = float("inf")  # seconds an epoch
        self._begun = self._last = self._first = 0.0
        self._done = 0

    def begin(self, epoch: int) -> None:
        """Starts an epoch, 0-based."""
        self._epoch, self._done, self.step_seconds = epoch, 0, float("nan")
        self._begun = self._last = time.monotonic()

    def tick(self) -> None:
        """Takes note of a step."""
        now = time.monotonic()
        took, self._last = now - self._last, now
        self._done += 1
        if self._done == 1:
            self._first = now
            return
        self.step_seconds = (now - self._first) / (self._done - 1)
        side = self.sides[self._epoch]
        self._costs[side] = (1 - NEWEST) * self._costs.get(side, took) + NEWEST * took

    def end(self) -> EpochTime:
        """Ends an epoch and returns what it took."""
        now = time.monotonic()
        size = self.sizes[self._epoch]
        if self._done == 1:
            self.step_seconds = self._first - self._begun
            self._costs.setdefault(self.sides[self._epoch], self.step_seconds)
        self._after = min(self._after, now - self._last)
        self.times.append(EpochTime(self._epoch + 1, size, self._done, self.step_seconds, now - self._begun))
        self._start, self._epoch, self._done = 0, self._epoch + 1, 0
        return self.times[-1]

    @property
    def steps(self) -> int:
        """Steps of this epoch, those that are to come too."""
        return self.epoch_steps[min(self._epoch, len(self.epoch_steps) - 1)]

    @property
    def steps_done(self) -> int:
        """Steps of this epoch that are done, those of a process before this one too."""
        return self._start + self._done

    @property
    def left(self) -> float:
        """Seconds left of the whole training; not a number before a step was measured."""
        if not self._costs:
            return float("nan")
        coming = self.sides[self._epoch :]
        lengths = self.epoch_steps[self._epoch :]
        steps = sum(count * step_cost(side, self._costs) for count, side in zip(lengths, coming, strict=True))
        done = self.steps_done * step_cost(coming[0], self._costs) if coming else 0.0
        after = 0.0 if self._after == float("inf") else self._after
        return max(steps - done, 0.0) + after * len(coming)


def step_cost(size: float, measured: Mapping[float, float]) -> float:
    """Returns what a step at `size` px costs, by what steps at other sizes have cost.

    >>> step_cost(64, {32: 1.0})
    4.0
    >>> round(step_cost(64, {32: 1.0, 48: 2.25}), 6)
    4.0
    >>> round(step_cost(64, {32: 1.0, 48: 1.5}), 6)
    2.2
    """
    if size in measured:
        return measured[size]
    if len(measured) > 1:
        areas = [px**2 for px in measured]
        mean_area, mean_cost = sum(areas) / len(areas), sum(measured.values()) / len(areas)
        spread = sum((area - mean_area) ** 2 for area in areas)
        slope = sum((px**2 - mean_area) * (cost - mean_cost) for px, cost in measured.items()) / spread
        if slope > 0:
            return max(mean_cost + slope * (size**2 - mean_area), 0.0)
    nearest = min(measured, key=lambda px: abs(px - size))
    return measured[nearest] * (size / nearest) ** 2

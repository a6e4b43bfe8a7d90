"""A progress bar that knows phases: a later step costs more, and the time left says so."""

from __future__ import annotations

import time
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from effnetv2_keras.configs.schedule import Schedule


class ProgressBar(keras.callbacks.Callback):
    """Shows phase, epoch, loss, accuracy and the time left; where the output is no terminal, a line an epoch.

    Args:
        schedule: the phases.
        steps_per_epoch: length of an epoch.
        console: where to.
    """

    def __init__(self, schedule: Schedule, steps_per_epoch: int, console: Console) -> None:
        super().__init__()
        self.schedule = schedule
        self.steps = steps_per_epoch
        self.console = console
        self.epoch = 0
        self.clock = Clock(schedule, steps_per_epoch)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.bar = self.progress.add_task("", total=steps_per_epoch, figures="")

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Opens the bar."""
        self.progress.start()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Closes the bar."""
        self.close()

    def close(self) -> None:
        """Gives the terminal back, also where `fit` ended with an error."""
        self.progress.stop()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Names phase and epoch."""
        self.epoch = epoch
        phase = self.schedule.phase_at(epoch)
        title = f"phase {phase.index + 1}/{len(self.schedule.phases)}, {phase.image_size} px, epoch {epoch + 1}/"
        self.progress.update(self.bar, description=f"{title}{self.schedule.epochs}", completed=0)
        self.clock.begin(epoch)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves the bar."""
        left = self.clock.tick(batch + 1)
        figures = "  ".join(f"{name} {float(value):.3f}" for name, value in (logs or {}).items() if name != "side")
        self.progress.update(self.bar, completed=batch + 1, figures=f"{figures}  {_minutes(left)} left")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Leaves a line for the epoch."""
        logs = logs or {}
        phase = self.schedule.phase_at(epoch)
        self.console.print(
            f"epoch {epoch + 1:>3}/{self.schedule.epochs}  phase {phase.index + 1}/{len(self.schedule.phases)}  "
            f"{phase.image_size:>3} px  loss {logs.get('loss', float('nan')):.3f}  "
            f"accuracy {logs.get('accuracy', float('nan')):.3f}  val {logs.get('val_accuracy', float('nan')):.3f}  "
            f"{_minutes(self.clock.left)} left",
            highlight=False,
            soft_wrap=True,
        )


class Clock:
    """Estimates the time left: a step costs what the image's area costs, measured on the steps so far."""

    def __init__(self, schedule: Schedule, steps_per_epoch: int) -> None:
        self.areas = [schedule.phase_at(epoch).image_size ** 2 for epoch in range(schedule.epochs)]
        self.steps = steps_per_epoch
        self.epoch = 0
        self.seconds_per_area = 0.0
        self.left = float("nan")
        self._last = 0.0

    def begin(self, epoch: int) -> None:
        """Starts an epoch."""
        self.epoch = epoch
        self._last = time.monotonic()

    def tick(self, steps_done: int) -> float:
        """Takes note of a step and returns the seconds left."""
        now = time.monotonic()
        cost = (now - self._last) / self.areas[self.epoch]
        self._last = now
        is_traced = steps_done > 1  # the first step of an epoch may compile
        if is_traced:
            self.seconds_per_area = 0.95 * self.seconds_per_area + 0.05 * cost if self.seconds_per_area else cost
        area_left = (self.steps - steps_done) * self.areas[self.epoch] + self.steps * sum(self.areas[self.epoch + 1 :])
        self.left = self.seconds_per_area * area_left if self.seconds_per_area else float("nan")
        return self.left


def _minutes(seconds: float) -> str:
    return "-:--" if seconds != seconds else f"{int(seconds) // 60}:{int(seconds) % 60:02d}"

"""A progress line that knows phases: a later step costs more, and the time left says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from rich.console import Console

from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.training.clock import Clock
from effnetv2_keras.training.progress_screen import screen_for

HIDDEN = ("side",)  # of a step's figures


class ProgressBar(keras.callbacks.Callback):
    """Shows phase, image size, epoch, loss, accuracy, images a second and the time left of the whole schedule.

    A bar in a terminal; in a notebook one output, without the litter of lines that were overwritten; elsewhere a line
    an epoch. Use it with `fit(..., verbose=0)`.

    Args:
        schedule: the phases.
        batch_size: images a step where the schedule does not turn it; None counts steps a second instead.
        console: where to; None for the standard output.
        steps_per_epoch: length of every epoch, or of each; None for what `fit` says.
        first_step: steps of the first epoch that were taken before, where a run goes on.
    """

    def __init__(
        self,
        schedule: Schedule,
        batch_size: int | None = None,
        console: Console | None = None,
        *,
        steps_per_epoch: int | Sequence[int] | None = None,
        first_step: int = 0,
    ) -> None:
        super().__init__()
        self.schedule = schedule
        self.batch_size = batch_size
        self.steps = steps_per_epoch
        self.first_step = first_step
        self.clock = Clock(schedule, steps_per_epoch or 0, first_step)
        self.screen = screen_for(console or Console())
        self.title = ""
        self.epoch = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Begins to show."""
        steps = self.steps or self.params.get("steps") or 0
        self.clock = Clock(self.schedule, steps, self.first_step)
        self.screen.open()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Ends to show."""
        self.close()

    def close(self) -> None:
        """Gives the terminal back, also where `fit` ended with an error."""
        self.screen.close()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Names phase and epoch."""
        self.epoch = epoch
        self.clock.begin(epoch)
        self.title = self._title(epoch)
        self.screen.show(self.title, "", self.clock.steps_done, self.clock.steps)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves on."""
        self.clock.tick()
        figures = [f"{name} {float(value):.3f}" for name, value in (logs or {}).items() if name not in HIDDEN]
        figures += [self._pace(self.epoch), f"{clock_time(self.clock.left)} left"]
        self.screen.show(self.title, "  ".join(figures), self.clock.steps_done, self.clock.steps)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Leaves a line for the epoch."""
        logs = logs or {}
        self.clock.end()
        phase = self.schedule.phase_at(epoch)
        named = {"loss": "loss", "accuracy": "accuracy", "val_accuracy": "val"}
        figures = [f"{name} {float(logs[key]):.3f}" for key, name in named.items() if key in logs]
        self.screen.line(
            f"epoch {epoch + 1:>3}/{self.schedule.epochs}  phase {phase.index + 1}/{len(self.schedule.phases)}  "
            f"{phase.image_size:>3} px  {'  '.join(figures)}  {self._pace(epoch)}  {clock_time(self.clock.left)} left"
        )

    def _title(self, epoch: int) -> str:
        phase = self.schedule.phase_at(epoch)
        return (
            f"phase {phase.index + 1}/{len(self.schedule.phases)}, {phase.image_size} px, "
            f"epoch {epoch + 1}/{self.schedule.epochs}"
        )

    def batch_size_at(self, epoch: int) -> int | None:
        """Returns the images a step in `epoch`, where they are known."""
        return self.schedule.phase_at(epoch).batch_size or self.batch_size

    def _pace(self, epoch: int) -> str:
        count = self.batch_size_at(epoch)
        seconds, unit = self.clock.step_seconds, "img" if count else "steps"
        pace = (count or 1) / seconds if seconds > 0 else None
        return f"{'-' if pace is None else f'{pace:,.3g}' if pace < 100 else f'{pace:,.0f}'} {unit}/s"


def clock_time(seconds: float) -> str:
    """Writes a time as m:ss, or h:mm:ss from an hour on; `-:--` for one that is not known.

    >>> clock_time(65.0), clock_time(3725.0), clock_time(float("nan"))
    ('1:05', '1:02:05', '-:--')
    """
    if seconds != seconds:
        return "-:--"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"

"""Ctrl-C, and the notice that a machine is to be given back: the step under way finishes first."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """Training was stopped from outside, at the end of a step or before the first.

    Attributes:
        exit_code: 128 and the number of the signal, as a shell has it: 130 for Ctrl-C, 143 for SIGTERM.
    """

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.exit_code = 128 + int(number)


class InterruptGuard(keras.callbacks.Callback):
    """Turns the first Ctrl-C or SIGTERM into `Interrupted` at the end of a step, of a validation step or of an epoch.

    Outside of `fit` it acts at once, and so does a second Ctrl-C. Use as a context around `fit`, and what leads to it,
    and as one of its callbacks, the last one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: int | None = None  # the signal
        self.is_training = False
        self._depth = 0
        self._before: dict[int, Any] = {}

    @property
    def is_asked(self) -> bool:
        """Whether somebody wants training to stop."""
        return self.asked is not None

    def __enter__(self) -> InterruptGuard:
        self._depth += 1
        if self._depth == 1 and threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_training = False
        self._depth -= 1
        if not self._depth:
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def on_train_begin(self, logs: dict | None = None) -> None:
        """From here on there is a step to wait for."""
        self.is_training = True
        self._stop_if_asked()

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Stops if asked to; the first step may have to be compiled, which takes longer than any other."""
        self._stop_if_asked()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Stops if asked to."""
        self._stop_if_asked()

    def on_test_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Stops if asked to, within validation."""
        self._stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Stops if asked to, after everything else has seen the epoch's end."""
        self._stop_if_asked()

    def on_train_end(self, logs: dict | None = None) -> None:
        """From here on there is nothing to wait for."""
        self.is_training = False

    def _stop_if_asked(self) -> None:
        if self.asked is not None:
            raise Interrupted(self.asked)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.is_asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = number
        if not self.is_training:
            raise Interrupted(number)

"""Ctrl-C that lets the step under way finish."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import keras


class Interrupted(KeyboardInterrupt):
    """Training was stopped by hand, at the end of a step."""


class InterruptGuard(keras.callbacks.Callback):
    """Turns the first Ctrl-C into `Interrupted` at the end of a step or epoch; a second one acts at once.

    Use as a context around `fit` and as one of its callbacks, the last one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = False
        self._before: Any = None

    def __enter__(self) -> InterruptGuard:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Stops if asked to."""
        self._stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Stops if asked to, after everything else has seen the epoch's end."""
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self.is_asked:
            raise Interrupted

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.is_asked:
            raise KeyboardInterrupt
        self.is_asked = True

"""Asks again where that may help, until the time is up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.refusal import Refusal

Result = TypeVar("Result")
WORTH_ANOTHER_TRY = {"UNAVAILABLE", "RESOURCE_EXHAUSTED", "ABORTED"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a client goes on.

    Args:
        timeout_seconds: for a request, with all its tries; above 0.
        retries: tries after the first, at least 0.
        wait_seconds: before the second try, at least 0; twice as long before each one after that, give or take a half.

    Raises:
        UsageError: if a number is out of its range.
    """

    timeout_seconds: float = 30.0
    retries: int = 4
    wait_seconds: float = 0.2

    def __post_init__(self) -> None:
        if self.timeout_seconds <= 0:
            raise UsageError(f"`timeout_seconds` must be above 0. Got: {self.timeout_seconds}.")
        for name in ("retries", "wait_seconds"):
            if getattr(self, name) < 0:
                raise UsageError(f"`{name}` must be at least 0. Got: {getattr(self, name)}.")


def ask_patiently(ask: Callable[[float], Result], patience: Patience) -> Result:
    """Returns what `ask` returns.

    Args:
        ask: is given the seconds that are left; raises `Refusal`.
        patience: how often, and how long.

    Raises:
        Refusal: that of the last try; DEADLINE_EXCEEDED when the time is up before there was one.
    """
    end = time.monotonic() + patience.timeout_seconds
    for number in range(patience.retries + 1):
        try:
            return ask(max(end - time.monotonic(), 0.001))
        except Refusal as refusal:
            wait = patience.wait_seconds * 2**number * random.uniform(0.5, 1.5)
            is_over = number == patience.retries or time.monotonic() + wait >= end
            if is_over or refusal.code not in WORTH_ANOTHER_TRY:
                raise
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")

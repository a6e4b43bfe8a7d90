"""Checks of a value against its rule; each failure names the field, the rule and the value."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence

from effnetv2_keras.errors import UsageError, unknown_name

SMALLEST_IMAGE = 32  # px: five halvings leave one pixel


def check_choice(name: str, value: object, known: Sequence[object]) -> None:
    """Refuses a value outside `known`.

    Raises:
        UsageError: with the name, the nearest of `known` for text and all of them otherwise, and the value.
    """
    if value not in known:
        if isinstance(value, str):
            raise unknown_name(name, value, [str(one) for one in known])
        raise UsageError(f"`{name}` must be one of {', '.join(map(str, known))}. Got: {value!r}.")


def check_at_least(name: str, value: object, smallest: float, *, odd: bool = False, whole: bool = True) -> None:
    """Refuses anything but a finite number (a whole one, if `whole`; an odd one, if `odd`) of at least `smallest`.

    Raises:
        UsageError: with the name, the rule and the value.
    """
    right_kind = isinstance(value, int) and not isinstance(value, bool) if whole else is_finite(value)
    if not right_kind or value < smallest or (odd and value % 2 == 0):  # type: ignore[operator]
        kind = "an odd whole number" if odd else "a whole number" if whole else "a finite number"
        raise UsageError(f"`{name}` must be {kind} of at least {smallest:g}. Got: {value!r}.")


def check_above_zero(name: str, value: object) -> None:
    """Refuses anything but a finite number above 0.

    Raises:
        UsageError: with the name, the rule and the value.
    """
    if not is_finite(value) or value <= 0:  # type: ignore[operator]
        raise UsageError(f"`{name}` must be a finite number above 0. Got: {value!r}.")


def check_probability(name: str, value: object, *, below_one: bool = False) -> None:
    """Refuses anything outside [0, 1], and 1 itself if `below_one`.

    Raises:
        UsageError: with the name, the rule and the value.
    """
    if not is_finite(value) or not 0 <= value <= 1 or (below_one and value == 1):  # type: ignore[operator]
        top = "below 1" if below_one else "at most 1"
        raise UsageError(f"`{name}` must be at least 0 and {top}. Got: {value!r}.")


def is_finite(value: object) -> bool:
    """Returns whether `value` is a number, neither infinite nor NaN nor a truth value."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    return isinstance(value, int) or math.isfinite(value)

"""How often something is done: every so many steps, or as often as a time has gone by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from effnetv2_keras.errors import UsageError

SECONDS = {"s": 1, "m": 60, "h": 3600}
WRITTEN = re.compile(r"(\d+)([smh]?)")


@dataclass(frozen=True, slots=True)
class Interval:
    """Either so many steps, or so many seconds; the other one is None."""

    steps: int | None = None
    seconds: int | None = None


def parse_interval(name: str, text: str) -> Interval:
    """Reads steps ("500") or a time ("30s", "10m", "1h").

    Args:
        name: of the setting, for the message.
        text: what was given.

    Raises:
        UsageError: if it is neither, or 0.

    >>> parse_interval("checkpoint_every", "500"), parse_interval("checkpoint_every", "10m")
    (Interval(steps=500, seconds=None), Interval(steps=None, seconds=600))
    """
    found = WRITTEN.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise UsageError(f"`{name}` must be steps like 500, or a time like 30s, 10m or 1h. Got: {text}.")
    count = int(found[1])
    return Interval(seconds=count * SECONDS[found[2]]) if found[2] else Interval(steps=count)

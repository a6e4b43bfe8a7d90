"""Where the tables of the command line go."""

from __future__ import annotations

import sys

from rich.console import Console

from effnetv2_keras.errors import DataError

UNKNOWN_WIDTH = 120  # characters, where no terminal says how wide it is


def wide_console() -> Console:
    """Returns a console on standard output whose tables are not squeezed in a pipe or a file."""
    return Console(width=None if sys.stdout.isatty() else UNKNOWN_WIDTH)


def say(console: Console, text: str) -> None:
    """Prints `text` as it is: names in brackets are no markup, and long paths stay in one line."""
    console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)


def none_readable(count: int, where: str = "") -> DataError:
    """Returns the error of a command all of whose `count` images are unreadable; `where` says who names them."""
    return DataError(f"At least one image must be readable. Got: {count} of {count} are not{where}.")

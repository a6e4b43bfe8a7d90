"""Progress bars of the command line, where somebody watches."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a bar on the terminal; yields what has to be told how many of how many are done."""
    with progress_of_steps() as told:
        told(title, 0, 0)
        yield lambda done, total: told(title, done, total)


@contextmanager
def progress_of_steps() -> Iterator[Callable[[str, int, int], None]]:
    """Shows a bar on the terminal for one thing after the other; yields what has to be told which, and how far it is.

    It goes on showing where native code's notes are sent nowhere meanwhile. A total of 0 is one that is not known.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if sys.stderr.isatty():
        errors = Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8"))
    else:
        errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda doing, done, total: bar.update(task, description=doing, completed=done, total=total or None)

"""Where progress is shown: a bar in a terminal, one output in a notebook, lines anywhere else."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

REDRAWN = 0.5  # seconds between two states that a notebook is sent


class Lines:
    """Keeps the lines and shows nothing that would have to be taken back: for files, pipes and logs."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def open(self) -> None:
        """Begins."""

    def show(self, title: str, figures: str, done: int, total: int) -> None:
        """Shows where an epoch stands."""

    def line(self, text: str) -> None:
        """Leaves a line."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Ends; what was shown goes, the lines stay. May be called twice."""


class Terminal(Lines):
    """A bar below the lines."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"))
        self.progress = Progress(*columns, console=console, transient=True)
        self.task = self.progress.add_task("", total=None, figures="")

    def open(self) -> None:
        """Begins."""
        self.progress.start()

    def show(self, title: str, figures: str, done: int, total: int) -> None:
        """Moves the bar."""
        self.progress.update(self.task, description=title, completed=done, total=total, figures=figures)

    def close(self) -> None:
        """Gives the terminal back."""
        self.progress.stop()


class Notebook(Lines):
    """One output of a cell, plain text, that is replaced: a notebook keeps the lines and nothing else."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.lines: list[str] = []
        self._handle: Any = None
        self._shown = 0.0

    def show(self, title: str, figures: str, done: int, total: int) -> None:
        """Replaces the last line, twice a second at most."""
        if time.monotonic() - self._shown >= REDRAWN:
            self._draw([*self.lines, f"{title}  {done}/{total}  {figures}"])

    def line(self, text: str) -> None:
        """Leaves a line."""
        self.lines.append(text)
        self._draw(self.lines)

    def close(self) -> None:
        """Leaves the lines alone."""
        if self._handle is not None:
            self._draw(self.lines)

    def _draw(self, lines: list[str]) -> None:
        from IPython.display import display

        self._shown = time.monotonic()
        output = {"text/plain": "\n".join(lines)}
        if self._handle is None:
            self._handle = display(output, raw=True, display_id=True)
        else:
            self._handle.update(output, raw=True)


def screen_for(console: Console) -> Lines:
    """Returns the screen that fits where `console` writes to."""
    if console.is_jupyter:
        return Notebook(console)
    return Terminal(console) if console.is_terminal else Lines(console)

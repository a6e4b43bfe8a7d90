"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a file beside `path`, then puts it in place; an error leaves `path` as it was."""
    aside = _aside(path)
    try:
        write(aside)
        sync(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync(path.parent)


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole."""
    write_whole(path, lambda aside: _write(aside, text))


def publish_folder(path: Path, write: Callable[[Path], None], or_else: Callable[[], Path] | None = None) -> Path:
    """Lets `write` fill a folder beside `path`, then renames it; an error leaves nothing behind.

    Args:
        path: the folder to be.
        write: fills the folder that it is given.
        or_else: names another path beside `path`, asked as often as somebody else has taken the one before.

    Returns:
        The folder's path in the end.
    """
    aside = _aside(path)
    try:
        write(aside)
        for inner in sorted(aside.rglob("*")):
            sync(inner)
        sync(aside)
        path = _rename(aside, path, or_else)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    sync(path.parent)
    return path


def clear_left_behind(folder: Path) -> None:
    """Removes what processes that were killed left aside in `folder`."""
    for left in folder.glob(".tmp-*-*"):
        process = left.name.split("-")[1]
        if process.isdecimal() and not _is_running(int(process)):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Waits until `path` is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _aside(path: Path) -> Path:
    """Returns a name beside `path` that nobody uses, after clearing away what killed processes left there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    clear_left_behind(path.parent)
    return path.with_name(f".tmp-{os.getpid()}-{path.name}")


def _rename(aside: Path, path: Path, or_else: Callable[[], Path] | None) -> Path:
    while True:
        try:
            return aside.rename(path)
        except OSError as error:
            if or_else is None or error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            path = or_else()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")

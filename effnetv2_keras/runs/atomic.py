"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a file beside `path`, then puts it in place; an error leaves `path` as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".tmp-{os.getpid()}-{path.name}")
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


def publish_folder(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a folder beside `path`, then renames it; an error leaves nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        write(aside)
        for inner in sorted(aside.rglob("*")):
            sync(inner)
        aside.rename(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Waits until `path` is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")

"""A folder that holds the answers of one command, and of no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.alone import alone
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.version import __version__

MANIFEST = "_manifest.json"
OPTIONS = {"format": "--format", "shard_size": "--shard-size", "top": "--top"}


@contextmanager
def claimed(folder: Path, wanted: dict[str, Any]) -> Iterator[None]:
    """Holds a folder for this process alone; others that want the same wait.

    Args:
        folder: made where it is missing.
        wanted: what it is for. `model` with `path` and `sha256`, `images` with `source`, `count` and `sha256`, and the
            options of `OPTIONS`.

    Raises:
        UsageError: if it is for something else, with what differs, or holds files of somebody else.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file() and folder.exists() and (not folder.is_dir() or any(_visible(folder))):
        raise _other_files(folder)
    with alone(manifest):
        if manifest.is_file():
            _check(folder, manifest, wanted)
        else:
            text = json.dumps({"made_with": {"effnetv2_keras": __version__}, **wanted}, indent=1)
            write_text(manifest, text + "\n")
        yield


def _visible(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _other_files(folder: Path) -> UsageError:
    return UsageError(f"OUT must be a new folder or one of predictions. Got: {folder}, which holds other files.")


def _check(folder: Path, manifest: Path, wanted: dict[str, Any]) -> None:
    try:
        changed = _differences(json.loads(manifest.read_text(encoding="utf-8")), wanted)
    except (ValueError, KeyError, TypeError):  # a file of that name, and not ours
        raise _other_files(folder) from None
    if changed:
        raise UsageError(
            f"OUT must be a new folder or hold predictions of the same command. "
            f"Got: {folder}, which differs in {'; '.join(changed)}."
        )


def _differences(there: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Returns what differs as "name: there -> wanted"; where a model or images lie does not count."""
    changed = []
    if there["model"]["sha256"] != wanted["model"]["sha256"]:
        changed.append(f"the model: {_told(there['model'], wanted['model'], 'path')}")
    if there["images"]["sha256"] != wanted["images"]["sha256"]:
        changed.append(f"the images: {_told(there['images'], wanted['images'], 'count', 'source')}")
    return changed + [
        f"{option}: {there[name]} -> {wanted[name]}" for name, option in OPTIONS.items() if there[name] != wanted[name]
    ]


def _told(there: dict[str, Any], wanted: dict[str, Any], *names: str) -> str:
    """Returns the first of `names` that differs; the SHA-256 where none does."""
    name = next((name for name in names if there[name] != wanted[name]), "sha256")
    one, other = (str(facts[name])[:12] if name == "sha256" else facts[name] for facts in (there, wanted))
    return f"{name} {one} -> {other}"

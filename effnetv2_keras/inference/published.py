"""Whether a published model is still what was published."""

from __future__ import annotations

import json
from pathlib import Path

from effnetv2_keras.configs.preprocessing import DEFAULT
from effnetv2_keras.files.digest import sha256_of

MANIFEST = "manifest.json"


def preprocessing_of(folder: Path) -> str:
    """Returns which part of a photo a published model sees, by name; what is usual where its manifest tells nothing."""
    manifest = folder / MANIFEST
    facts = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    return facts.get("preprocessing", DEFAULT)


def difference(folder: Path) -> str | None:
    """Returns what is not as `manifest.json` says, None where every file has the SHA-256 that it names.

    A folder without a manifest cannot be held against anything: None.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return None
    try:
        files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        wanted = {name: str(about["sha256"]) for name, about in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"a {MANIFEST} that names no files with their SHA-256 ({type(error).__name__})"
    for name, sha256 in wanted.items():
        path = folder / name
        if not path.is_file():
            return f"no {name}"
        if sha256_of(path) != sha256:
            return f"{name}, which is another file than {MANIFEST} says"
    return None

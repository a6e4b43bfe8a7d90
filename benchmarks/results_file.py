"""Where a benchmark keeps its figures."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from effnetv2_keras.runs.environment import cpu_features, cpu_name


def keep(name: str, figures: dict, folder: Path) -> None:
    """Writes `figures` to `folder/<name>-<commit>.json`, with the commit and the processor that they belong to."""
    commit = commit_now()
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{commit}.json"
    belongs_to = {"commit": commit, "cpu": f"{cpu_name()}: {cpu_features()}"}
    path.write_text(json.dumps({**belongs_to, **figures}, indent=1) + "\n")
    print(f"\nWritten: {path}")


def commit_now() -> str:
    """Returns the short name of the commit that is checked out, or "unknown"."""
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"

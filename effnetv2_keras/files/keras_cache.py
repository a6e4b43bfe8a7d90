"""Where Keras keeps what it downloads, and where this package does."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Returns the folder of this package in Keras's cache: under `KERAS_HOME`, else `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / "effnetv2_keras"

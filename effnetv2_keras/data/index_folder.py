"""Where what was found out about large data is kept for the next time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def index_file(paths: Iterable[str | os.PathLike[str]], kind: str, suffix: str) -> Path:
    """Returns the file that keeps what is known of `paths`; another one once any of them has changed.

    Args:
        paths: files that were read.
        kind: what is kept, with the number of its layout.
        suffix: of the file's name.
    """
    sign = hashlib.sha256(kind.encode())
    for path in paths:
        state = Path(path).stat()
        sign.update(f"\n{Path(path).resolve()}\0{state.st_size}\0{state.st_mtime_ns}".encode())
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "effnetv2_keras" / "index" / (sign.hexdigest()[:32] + suffix)

"""What downloaded weights were at their first use."""

from __future__ import annotations

from typing import Any

from effnetv2_keras.errors import DataError
from effnetv2_keras.files.alone import alone
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.files.keras_cache import cache_folder

LOCK = "weights.lock.yaml"
PINNED = "as asked for"


def recorded(url: str) -> dict[str, str]:
    """Returns what is known of the file at `url` from its first use: `sha256` of it and of its `converted` form.

    Raises:
        DataError: if the file of these facts in the cache is damaged.
    """
    return dict(_read().get(url, {}))


def record(url: str, **facts: str) -> None:
    """Keeps facts on the file at `url` beside those that are known.

    Raises:
        DataError: if the file of these facts in the cache is damaged.
    """
    import yaml

    path = cache_folder() / LOCK
    with alone(path):
        known = _read()
        known[url] = {**known.get(url, {}), **facts}
        write_text(path, yaml.safe_dump(known, sort_keys=True))


def check_hash(what: str, found: str, expected: str | None, why: str) -> None:
    """Refuses a file whose SHA-256 is another than the expected; None expects nothing.

    Raises:
        DataError: if they differ.
    """
    if expected is not None and found != expected.lower():
        raise DataError(f"{what} must have the SHA-256 {expected.lower()} ({why}). Got: {found}.")


def _read() -> dict[str, Any]:
    import yaml

    path = cache_folder() / LOCK
    if not path.is_file():
        return {}
    try:
        known = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise DataError(f"{path} must be YAML. Got: {error}.") from None
    if not isinstance(known, dict):
        raise DataError(f"{path} must hold addresses and hashes. Got: {type(known).__name__}.")
    return known

"""Files from the network that are there whole or not at all, and go on where a transfer broke off.

`keras.utils.get_file` writes to the final name and starts again after every break: a process that is killed leaves a
short file that the next one takes for the whole.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from effnetv2_keras.errors import DataError
from effnetv2_keras.files.alone import alone
from effnetv2_keras.files.atomic import sync, write_text

CHUNK = 2**20  # bytes
TRIES = 5  # breaks in a row without a byte between them
TIMEOUT = 30.0  # seconds without an answer
PAUSE = 0.5  # seconds, longer from try to try

Advance = Callable[[int, int | None], None]  # bytes there, bytes in all


def download(url: str, path: Path, advance: Advance = lambda done, total: None) -> None:
    """Brings the file at `url` to `path`.

    What came before a break is kept beside `path` and asked for no more, if the server still has the same file.
    Processes that want the same file wait for each other.

    Args:
        url: http or https.
        path: where the file is to be; one that is there already is left as it is.
        advance: is told how far it is.

    Raises:
        DataError: if the server refuses, cannot be reached or breaks off again and again.
    """
    with alone(path):
        part = path.with_name(f".{path.name}.part")
        if path.is_file():
            return
        before, quiet = _size(part), 0
        while not _transfer(url, part, advance):
            there = _size(part)
            quiet = 0 if there > before else quiet + 1
            if quiet >= TRIES:
                raise DataError(f"{url} must come whole. Got: {there} bytes, then breaks; the next try goes on there.")
            before = there
            time.sleep(PAUSE * quiet)
        sync(part)
        part.replace(path)
        _tag_file(part).unlink(missing_ok=True)
        sync(path.parent)


def _transfer(url: str, part: Path, advance: Advance) -> bool:
    """Appends to `part` what it lacks; tells whether it is whole then."""
    have = _size(part)
    tag = _tag_file(part).read_text() if have and _tag_file(part).is_file() else None
    if not tag:  # nothing tells whether the server still has the same file
        have = 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-", "If-Range": tag} if tag else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            if answer.status != http.client.PARTIAL_CONTENT:
                have = 0
            elif not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                part.unlink()
                return False
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            if have == 0:
                write_text(_tag_file(part), answer.headers.get("ETag") or answer.headers.get("Last-Modified") or "")
            return _append(answer, part, have, total, advance)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink(missing_ok=True)
            return False
        raise DataError(f"{url} must be there to be downloaded. Got: {error.code} {error.reason}.") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionError | TimeoutError) and have:
            return False
        raise DataError(f"{url} must be reachable to be downloaded. Got: {error.reason}.") from None
    except (OSError, http.client.HTTPException):
        return False


def _append(answer: http.client.HTTPResponse, part: Path, have: int, total: int | None, advance: Advance) -> bool:
    with part.open("ab" if have else "wb") as file:
        done = have
        while chunk := answer.read(CHUNK):
            file.write(chunk)
            done += len(chunk)
            advance(done, total)
    return total is None or done == total


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _tag_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")

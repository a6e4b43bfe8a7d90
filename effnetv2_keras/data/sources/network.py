"""Finds out in seconds that a network is not there, where libraries try again for minutes."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterable
from urllib.parse import urlsplit

TIMEOUT = 5.0  # seconds


def silent_hosts(urls: Iterable[str], timeout: float = TIMEOUT) -> list[str]:
    """Returns the hosts of `urls` if none of them answers, else none: then there is a network.

    Any answer counts, and proxies are asked as they are set.
    """
    hosts = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, urls) if parts.netloc})
    answered: set[str] = set()

    def ask(host: str) -> None:
        try:
            request = urllib.request.Request(host + "/", method="HEAD")
            with urllib.request.urlopen(request, timeout=timeout):
                answered.add(host)
        except urllib.error.HTTPError as error:
            error.close()
            answered.add(host)
        except (OSError, ValueError):
            pass

    # looking a name up knows no timeout of its own, so nobody waits for a thread that hangs in it
    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout + 1.0)
    return [] if answered else hosts

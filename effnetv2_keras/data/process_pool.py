"""Several processes on one machine that work for this one."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def process_pool(workers: int) -> ProcessPoolExecutor:
    """Returns fresh processes that end with this one, however it ends, and leave Ctrl-C to it."""
    return ProcessPoolExecutor(workers, get_context("spawn"), _be_a_worker, (os.getpid(),))


def _be_a_worker(parent: int) -> None:
    """Keeps start-up notes out of the terminal, leaves Ctrl-C to the parent, and ends when the parent has."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # the parent's may have been lowered by a library
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()

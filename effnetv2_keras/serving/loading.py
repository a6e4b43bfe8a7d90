"""Opens a version for a repository."""

from __future__ import annotations

import logging
from pathlib import Path

from effnetv2_keras.serving.batcher import Batcher
from effnetv2_keras.serving.batching import Batching
from effnetv2_keras.serving.metrics import Metrics
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.servable import LoadedVersion, Servable
from effnetv2_keras.serving.warmup_replay import replay_warmup

LOG = logging.getLogger("effnetv2.serving")


class VersionLoader:
    """Loads, warms up and, on request, puts a batcher in front.

    Args:
        batching: how requests are merged, None for not at all.
        threads: that an operation may use; 0 for all.
        is_warmed_up: answers the requests of the warm-up file first.
        metrics: counts loads and batches.
    """

    def __init__(
        self, metrics: Metrics, *, batching: Batching | None = None, threads: int = 0, is_warmed_up: bool = True
    ) -> None:
        self._metrics, self._batching, self._threads, self._is_warmed_up = metrics, batching, threads, is_warmed_up

    def __call__(self, model: str, version: int, folder: Path) -> Servable:
        """Returns the version, ready to answer.

        Raises:
            Refusal: if it cannot be loaded or warmed up.
        """
        try:
            servable = self._open(model, version, folder)
        except Refusal:
            self._metrics.loads.add(1, model, "fail")
            raise
        self._metrics.loads.add(1, model, "success")
        return servable

    def _open(self, model: str, version: int, folder: Path) -> Servable:
        loaded = LoadedVersion(model, version, folder, self._threads)
        try:
            if self._is_warmed_up:
                count = replay_warmup(loaded, folder)
                LOG.info("%s/%d answered %d warm-up requests", model, version, count)
        except BaseException:
            loaded.close()
            raise
        if self._batching is None:
            return loaded
        return Batcher(loaded, self._batching, lambda rows: self._metrics.batches.observe(rows, model))

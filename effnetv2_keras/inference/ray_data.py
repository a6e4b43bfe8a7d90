"""`PredictBatch` in Ray Data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from effnetv2_keras.configs.rules import check_at_least
from effnetv2_keras.data.sources.extras import require
from effnetv2_keras.inference.predict_batch import PredictBatch
from effnetv2_keras.inference.result_files import arrow_schema

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset


def predict_with_ray(
    images: Dataset,
    model: str | os.PathLike,
    *,
    top: int = 5,
    batch_size: int = 32,
    cpus: int = 1,
    gpus: float = 0,
    workers: int | None = None,
) -> Dataset:
    """Returns a data set of answers, computed by actors that each load the model once.

    Args:
        images: with a column `path`, and a column `bytes` where the machines do not have the files, as
            `ray.data.read_binary_files(..., include_paths=True)` gives both.
        model: path of the model on every machine.
        top: classes an image at most, at least 1.
        batch_size: images that the network sees at once, at least 1.
        cpus: cores of an actor, at least 1.
        gpus: share of a GPU of an actor.
        workers: actors, at least 1; None for as many as the cluster has room for.

    Returns:
        The columns of `PredictBatch`, a row an image.

    Raises:
        UsageError: if Ray is not installed, or `top`, `batch_size`, `cpus` or `workers` is less than 1.
    """
    check_at_least("cpus", cpus, 1)
    if workers is not None:
        check_at_least("workers", workers, 1)
    predict = PredictBatch(model, top, batch_size, cpus)
    with require("scale"):
        from ray.data import ActorPoolStrategy
    return images.map_batches(
        PredictTable,
        fn_constructor_args=(predict,),
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(size=workers) if workers is not None else ActorPoolStrategy(min_size=1),
        num_cpus=cpus,
        num_gpus=gpus or None,
    )


class PredictTable:
    """Has a batch answered as an Arrow table, whose types are the same where a column is empty."""

    def __init__(self, predict: PredictBatch) -> None:
        self._predict = predict

    def __call__(self, table: pyarrow.Table) -> Any:
        """Returns a row an image."""
        import pyarrow

        return pyarrow.Table.from_pydict(self._predict(table.to_pydict()), arrow_schema())

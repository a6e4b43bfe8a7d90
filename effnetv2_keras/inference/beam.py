"""`PredictBatch` in Apache Beam, and so on Dataflow, Flink and the other runners."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from effnetv2_keras.data.sources.extras import require
from effnetv2_keras.inference.predict_batch import PredictBatch

if TYPE_CHECKING:
    from apache_beam import PTransform


def predict_with_beam(
    model: str | os.PathLike, *, top: int = 5, batch_size: int = 32, threads: int | None = None
) -> PTransform:
    """Returns a transform from images to answers.

    Its input are dictionaries with `path`, and `bytes` where the workers do not have the files; its output are
    dictionaries with the columns of `PredictBatch`.

    Args:
        model: path of the model on every worker.
        top: classes an image, at most.
        batch_size: images that the network sees at once.
        threads: that TensorFlow computes with in a worker process; None for one a core.

    Raises:
        UsageError: if Beam is not installed, or a number is less than 1.
    """
    with require("scale"):
        import apache_beam as beam
    predict = PredictBatch(model, top, batch_size, threads)
    return beam.BatchElements(max_batch_size=batch_size) | beam.FlatMap(answer_rows, predict)


def answer_rows(images: list[dict[str, Any]], predict: PredictBatch) -> Iterator[dict[str, Any]]:
    """Yields a row an image; all `images` have the same columns."""
    columns = predict({name: [image[name] for image in images] for name in images[0]})
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))

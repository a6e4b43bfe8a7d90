"""Measures a model on labelled images, so that a report can be written of it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from effnetv2_keras.data.open_source import open_split
from effnetv2_keras.inference.averaged_views import AveragedViews
from effnetv2_keras.inference.evaluate import evaluate
from effnetv2_keras.inference.predictor import load_predictor
from effnetv2_keras.inference.views import Views
from effnetv2_keras.report.measured import Measured


def measure(
    model: str | os.PathLike,
    data: str | os.PathLike,
    advance: Callable[[int, int], None] | None = None,
    loading: AbstractContextManager = nullcontext(),  # noqa: B008  holds nothing
    views: Views | None = None,
) -> Measured:
    """Measures a run, a SavedModel or a TFLite file on labelled images.

    Args:
        model: a run directory, a SavedModel folder or a .tflite file.
        data: a folder of images a class, or any other source; of data with splits its test, else its validation.
        advance: called with how many of how many images are done.
        loading: entered while the model is loaded.
        views: measures a second time, with the mean of the scores over these views of each image.

    Raises:
        UsageError: if the model does not take images of the sizes in `views`.
        DataError: if there is no model, no image, or a class that the model does not know.
    """
    with loading:
        predictor = load_predictor(Path(model))
    averaged = None if views is None else AveragedViews(predictor, views)
    split, unreadable = open_split(os.fspath(data), predictor.labels)
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        if advance is not None:
            advance(done, len(split) * (1 if averaged is None else 2))

    asked = [] if views is None else ["--tta", str(views)]
    return Measured(
        model=os.fspath(model),
        kind=predictor.kind,
        image_size=predictor.image_size,
        data=os.fspath(data),
        split=split,
        evaluation=evaluate(predictor, split, told),
        unreadable=unreadable,
        command=shlex.join(["effnetv2", "evaluate", os.fspath(model), os.fspath(data), *asked]),
        augmented=None if averaged is None else evaluate(averaged, split, told),
        views="" if views is None else str(views),
    )

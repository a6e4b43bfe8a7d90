"""Explains what a model in any form says of photos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from effnetv2_keras.errors import UsageError, unknown_name
from effnetv2_keras.explain.explained import Explained
from effnetv2_keras.explain.grad_cam import grad_cam
from effnetv2_keras.explain.occlusion import occlusion
from effnetv2_keras.inference.answer import Photo, Scorer
from effnetv2_keras.inference.image_reader import ImageReader, why
from effnetv2_keras.inference.predictor import TrainedRun

AT_ONCE = 8  # photos whose maps are in memory together


@dataclass(frozen=True, slots=True)
class Explanation:
    """What speaks for a class in a photo.

    Attributes:
        path: of the photo.
        image: what the model saw, (S, S, 3) uint8; None where the photo cannot be read.
        heat: (S, S) float32 in [0, 1].
        label: of the class that is explained.
        score: its probability.
        source: what the heat comes from: a layer's name, or "occlusion".
        error: why the photo cannot be read.
    """

    path: str
    image: np.ndarray | None = None
    heat: np.ndarray | None = None
    label: str = ""
    score: float = 0.0
    source: str = ""
    error: str | None = None


def explain_photos(
    model: Scorer, photos: Iterable[Photo], label: str | None = None, layer: str | None = None
) -> Iterator[Explanation]:
    """Yields an `Explanation` a photo: by Grad-CAM for a run, by occlusion for a SavedModel or a TFLite file.

    Args:
        model: what `load_predictor` returns.
        photos: any number.
        label: the class that is explained; None for the best one of each photo.
        layer: of a run's network; None for the last that gives maps.

    Raises:
        UsageError: for a class or a layer that there is not, or a layer of what has none to look into.
    """
    if label is not None and label not in model.labels:
        raise unknown_name("class", label, model.labels)
    if layer is not None and not isinstance(model, TrainedRun):
        raise UsageError(f"`layer` needs a run, whose layers can be looked into. Got: {layer!r} of a {model.kind}.")
    number = None if label is None else model.labels.index(label)
    reader = ImageReader(model.view, model.image_size)
    coming = iter(photos)
    while batch := list(islice(coming, AT_ONCE)):
        images = reader.read_first(batch)
        seen = _explained(model, np.stack(list(images.values())), number, layer) if images else None
        yield from _one_each(model, batch, images, seen)


def _explained(model: Scorer, images: np.ndarray, number: int | None, layer: str | None) -> Explained:
    if isinstance(model, TrainedRun):
        return grad_cam(model.network, images, number, layer)
    return occlusion(model.score, images, number)


def _one_each(
    model: Scorer, photos: list[Photo], images: dict[int, np.ndarray], seen: Explained | None
) -> Iterator[Explanation]:
    heat = () if seen is None else seen.heat
    place = {number: row for row, number in enumerate(images)}
    for number, photo in enumerate(photos):
        if seen is None or number not in place:
            yield Explanation(photo.name, error=why(photo))
            continue
        row = place[number]
        name = model.labels[seen.class_index[row]]
        yield Explanation(photo.name, images[number], heat[row], name, float(seen.scores[row]), seen.source)

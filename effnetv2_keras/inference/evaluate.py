"""How often a predictor is right on labelled photos."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from effnetv2_keras.data.manifest import Split
from effnetv2_keras.inference.answer import Answer, Predictor, answers, photos_of_split


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measured on the files that could be read.

    Args:
        num_images: files measured.
        accuracy: share whose best class is right.
        top5_accuracy: share whose five best classes hold a right one.
        recall: of each class that is present, the share of its images that were found: the class is the best one, or
            among the best M where an image shows M classes.
        ms_per_image: time of decoding and prediction, warm-up not counted.
        answers: best classes of every file, in the split's order.
        skipped: files that could not be read.
    """

    num_images: int
    accuracy: float
    top5_accuracy: float
    recall: dict[str, float]
    ms_per_image: float
    answers: tuple[Answer, ...]
    skipped: tuple[Answer, ...]


def evaluate(predictor: Predictor, split: Split, advance: Callable[[int], None] | None = None) -> Evaluation:
    """Asks `predictor` for every file of `split`; `advance` is told each file as it is done."""
    predictor.answer(list(islice(photos_of_split(split), 1)), 5)  # warm-up
    begun = time.perf_counter()
    given: list[Answer] = []
    for answer in answers(predictor, photos_of_split(split), top=5):
        given.append(answer)
        if advance is not None:
            advance(1)
    seconds = time.perf_counter() - begun
    truth = [split.label_names(index) for index in range(len(split))]
    pairs = [(answer, names) for answer, names in zip(given, truth, strict=True) if answer.error is None]
    count = max(len(pairs), 1)
    return Evaluation(
        num_images=len(pairs),
        accuracy=sum(answer.labels[0] in names for answer, names in pairs) / count,
        top5_accuracy=sum(not set(names).isdisjoint(answer.labels) for answer, names in pairs) / count,
        recall=_recall(pairs),
        ms_per_image=1000 * seconds / max(len(split), 1),
        answers=tuple(given),
        skipped=tuple(answer for answer in given if answer.error is not None),
    )


def _recall(pairs: list[tuple[Answer, tuple[str, ...]]]) -> dict[str, float]:
    found: dict[str, list[bool]] = {}
    for answer, names in pairs:
        for name in names:
            found.setdefault(name, []).append(name in answer.labels[: len(names)])
    return {name: sum(hits) / len(hits) for name, hits in sorted(found.items())}

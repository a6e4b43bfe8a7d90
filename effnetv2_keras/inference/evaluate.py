"""How often a predictor is right on labelled photos."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.inference.answer import Answer, Predictor, answers, photos_of_split
from effnetv2_keras.inference.class_counts import ClassCounts

TOP = 5


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measured on the files that could be read.

    Args:
        num_images: files measured.
        accuracy: share whose best class is right.
        top5_accuracy: share whose five best classes hold a right one.
        counts: of every class, and of what was taken for what.
        ms_per_image: time of decoding and prediction, warm-up not counted.
        answers: best classes of every file, in the split's order.
        skipped: files that could not be read.
    """

    num_images: int
    accuracy: float
    top5_accuracy: float
    counts: ClassCounts
    ms_per_image: float
    answers: tuple[Answer, ...]
    skipped: tuple[Answer, ...]

    @property
    def recall(self) -> dict[str, float]:
        """Of each class that is present, by name, the share of its images that were found."""
        shares = {name: one.recall for name, one in sorted(self.counts.classes.items())}
        return {name: share for name, share in shares.items() if share is not None}

    @property
    def precision(self) -> dict[str, float]:
        """Of each class that was an answer, by name, the share of these answers that are right."""
        shares = {name: one.precision for name, one in sorted(self.counts.classes.items())}
        return {name: share for name, share in shares.items() if share is not None}


def evaluate(predictor: Predictor, split: Split, advance: Callable[[int], None] | None = None) -> Evaluation:
    """Asks `predictor` for every file of `split`; `advance` is told each file as it is done.

    A batch of files is in memory at a time; of what was answered, the best five classes an image stay.
    """
    predictor.answer(list(islice(photos_of_split(split), 1)), TOP)  # warm-up
    begun = time.perf_counter()
    given: list[Answer] = []
    counts = ClassCounts.of(split.class_names)
    right = among_five = 0
    for index, answer in enumerate(answers(predictor, photos_of_split(split), top=max(TOP, _most_shown(split)))):
        given.append(answer)
        if answer.error is None:
            names = split.label_names(index)
            counts.add(names, answer.labels)
            right += answer.labels[0] in names
            among_five += not set(names).isdisjoint(answer.labels[:TOP])
        if advance is not None:
            advance(1)
    seconds = time.perf_counter() - begun
    return Evaluation(
        num_images=counts.num_images,
        accuracy=right / max(counts.num_images, 1),
        top5_accuracy=among_five / max(counts.num_images, 1),
        counts=counts,
        ms_per_image=1000 * seconds / max(len(split), 1),
        answers=tuple(given),
        skipped=tuple(answer for answer in given if answer.error is not None),
    )


def _most_shown(split: Split) -> int:
    """Returns the largest number of classes that an image shows."""
    labels = split.labels
    return int(np.diff(labels.starts).max(initial=1)) if isinstance(labels, LabelSets) else 1

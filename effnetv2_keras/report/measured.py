"""What was measured: a model, labelled images, and what the one says of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from effnetv2_keras.data.manifest import BadFile, Split
from effnetv2_keras.inference.evaluate import Evaluation

SURE = 1.959964  # standard deviations that hold 95 % of a normal distribution


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image whose best class is none that it shows.

    Args:
        index: its row in the split.
        label: the best class.
        score: of that class.
    """

    index: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that the measured half of a report tells.

    Attributes:
        model: where it is, as it was given.
        kind: "run", "saved_model" or "tflite".
        image_size: px, of what it sees.
        data: where the images are, as it was given.
        split: the images, in the order of the evaluation's answers.
        evaluation: of `split`.
        unreadable: files that were left out when the data were opened, or in training.
        part: of the data, where it is not all of them.
        command: that measures again, where there is one.
        augmented: the same with the mean over several views of each image, where that was asked for.
        views: which, as `--tta` takes them.
    """

    model: str
    kind: str
    image_size: int
    data: str
    split: Split
    evaluation: Evaluation
    unreadable: tuple[BadFile, ...] = ()
    part: str = ""
    command: str = ""
    augmented: Evaluation | None = None
    views: str = ""

    @property
    def skipped(self) -> list[BadFile]:
        """Returns every file that could not be read, once, with the reason."""
        failed = (BadFile(answer.path, answer.error or "") for answer in self.evaluation.skipped)
        return list({file.location: file for file in (*self.unreadable, *failed)}.values())

    def mistakes(self, most: int) -> list[Mistake]:
        """Returns the surest mistakes, surest first."""
        found = [
            Mistake(index, answer.labels[0], answer.scores[0])
            for index, answer in enumerate(self.evaluation.answers)
            if answer.error is None and answer.labels[0] not in self.split.label_names(index)
        ]
        return sorted(found, key=lambda one: -one.score)[:most]

    def examples(self, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Returns an image that was confused for each of `pairs`, (shown, answered instead)."""
        found: dict[tuple[str, str], int] = {}
        for index, answer in enumerate(self.evaluation.answers):
            names = self.split.label_names(index)
            best = answer.labels[: len(names)]
            for pair in pairs:
                is_one = pair[0] in names and pair[0] not in best and pair[1] in best and pair[1] not in names
                if pair not in found and is_one:
                    found[pair] = index
        return found


def likely_range(right: int, count: int) -> tuple[float, float]:
    """Returns between which shares the true one is with 95 % confidence, after `right` of `count` were right.

    Source: Wilson 1927; unlike the usual formula it holds for small counts and near 0 and 1.

    >>> "{:.3f} {:.3f}".format(*likely_range(8, 10))
    '0.490 0.943'
    """
    if not count:
        return 0.0, 1.0
    share, weight = right / count, SURE**2 / count
    middle = (share + weight / 2) / (1 + weight)
    half = SURE / (1 + weight) * math.sqrt(share * (1 - share) / count + weight / (4 * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)

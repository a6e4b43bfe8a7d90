"""Test-time augmentation: a predictor that is asked about several views of a photo and takes the mean."""

from __future__ import annotations

import numpy as np

from effnetv2_keras.errors import UsageError
from effnetv2_keras.inference.answer import Answer, Photo, Scorer
from effnetv2_keras.inference.image_reader import ImageReader, best_answers, scores_of
from effnetv2_keras.inference.views import Views


class AveragedViews:
    """Answers by the mean of the scores of all views: probabilities, but for TFLite files that give logits.

    It costs as many answers as there are views. Photos are read here, for a SavedModel too.

    Args:
        predictor: what is asked.
        views: what it is asked about.

    Raises:
        UsageError: if there are scales for a predictor that takes images of one size alone.

    Source: Krizhevsky et al. 2012, section 4.1 (crops and mirrors); Simonyan & Zisserman 2015, section 3.2 (scales).
    """

    def __init__(self, predictor: Scorer, views: Views) -> None:
        if views.scales and not predictor.takes_any_size:
            raise UsageError(
                f"`scales` need a run, whose network takes images of any size. Got: {views} for a {predictor.kind}, "
                f"which takes {predictor.image_size} px alone."
            )
        self.kind, self.labels, self.image_size = predictor.kind, predictor.labels, predictor.image_size
        self.cuts = views.cuts(predictor.image_size)
        self._predictor = predictor
        self._sizes = sorted({cut.read_size for cut in self.cuts})
        self._images = ImageReader(predictor.view, *self._sizes)

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo."""
        read = self._images.read(photos)
        total: dict[int, np.ndarray] = {}
        for cut in self.cuts:
            place = self._sizes.index(cut.read_size)
            seen = {number: cut.of(images[place]) for number, images in read.items()}
            for number, row in scores_of(seen, self._predictor.score).items():
                total[number] = total.get(number, 0.0) + row.astype(np.float64)
        means = {number: row / len(self.cuts) for number, row in total.items()}
        return best_answers(photos, means, self.labels, top)

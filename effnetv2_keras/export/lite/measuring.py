"""Holds files against the Keras model on the same images, whose answers are asked for once."""

from __future__ import annotations

import numpy as np

from effnetv2_keras.export.lite.images import Views
from effnetv2_keras.export.lite.lite_parity import SetParity, set_parity
from effnetv2_keras.export.lite.scores import scores_of_file, scores_of_model
from effnetv2_keras.export.lite.variety import shifted
from effnetv2_keras.export.lite.watch import Watch
from effnetv2_keras.export.subject import Subject

PLAIN, SHIFTED = "plain", "shifted"


class Measuring:
    """Images, plain and, where they are the user's own, shifted; and what the Keras model says of them.

    Args:
        subject: the Keras model.
        views: the images.
        watch: told of progress.
    """

    def __init__(self, subject: Subject, views: Views, watch: Watch) -> None:
        self._head, self._watch = subject.head, watch
        self.views = views
        self._pixels = {PLAIN: views.pixels}
        if views.are_own:
            self._pixels[SHIFTED] = shifted(views.pixels)
        watch.begin("asking the Keras model")
        self._expected = {name: scores_of_model(subject, pixels) for name, pixels in self._pixels.items()}

    @property
    def image(self) -> np.ndarray:
        """One of them, (S, S, 3) uint8."""
        return self.views.pixels[0]

    def measure(self, content: bytes) -> tuple[SetParity, ...]:
        """Returns what a file loses on each set."""
        self._watch.begin("measuring the file")
        total, done, seen = sum(map(len, self._pixels.values())), 0, []
        for name, pixels in self._pixels.items():

            def advance(number: int, before: int = done) -> None:
                self._watch.advance(before + number, total)

            got = scores_of_file(content, pixels, advance)
            seen.append(set_parity(name, got, self._expected[name], self._head, self.views.truth))
            done += len(pixels)
        return tuple(seen)

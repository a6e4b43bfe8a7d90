"""Reads files into square images, for the predictors that do not decode by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.decode import decode_upright
from effnetv2_keras.data.diagnose import diagnose
from effnetv2_keras.data.resize import see
from effnetv2_keras.inference.answer import Answer, Photo


class ImageReader:
    """Reads what `view` sees of photos as squares of each of `sizes` px; a file is decoded once."""

    def __init__(self, view: View, *sizes: int) -> None:
        def read(data: tf.Tensor) -> list[tf.Tensor]:
            image = decode_upright(data)
            return [see(image, size, view) for size in sizes]

        self._read = tf.function(read, input_signature=[tf.TensorSpec([], tf.string)], autograph=False)

    def read(self, photos: list[Photo]) -> dict[int, list[np.ndarray]]:
        """Returns images (S, S, 3) uint8, one a size, for each of `photos` that can be read, by its number."""
        images: dict[int, list[np.ndarray]] = {}
        for number, photo in enumerate(photos):
            try:
                images[number] = [image.numpy() for image in self._read(tf.constant(photo.data))]
            except tf.errors.InvalidArgumentError:
                continue
        return images

    def read_first(self, photos: list[Photo]) -> dict[int, np.ndarray]:
        """Returns the images of the first size."""
        return {number: images[0] for number, images in self.read(photos).items()}


def scores_of(images: Mapping[int, np.ndarray], score: Callable[[np.ndarray], np.ndarray]) -> dict[int, np.ndarray]:
    """Scores images together, (B, S, S, 3) uint8 to (B, K); returns (K,) of each, by its number."""
    rows = score(np.stack(list(images.values()))) if images else ()
    return dict(zip(images, rows, strict=True))


def best_answers(
    photos: list[Photo], scores: Mapping[int, np.ndarray], labels: tuple[str, ...], top: int
) -> list[Answer]:
    """Returns an `Answer` for each of `photos`, by the scores (K,) of those that could be read."""
    answers = []
    for number, photo in enumerate(photos):
        row = scores.get(number)
        if row is None:
            answers.append(Answer(photo.name, error=why(photo)))
            continue
        order = np.argsort(-row, kind="stable")[:top]
        answers.append(Answer(photo.name, tuple(labels[i] for i in order), tuple(float(row[i]) for i in order)))
    return answers


def why(photo: Photo) -> str:
    """Says why a photo that a decoder has refused cannot be read."""
    return photo.error or diagnose(photo.data)

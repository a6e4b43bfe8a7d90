"""One way to ask a run, a SavedModel or a TFLite file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import get_preprocessing
from effnetv2_keras.data.file_kind import DAMAGED
from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.answer import Answer, Photo, Scorer
from effnetv2_keras.inference.image_reader import ImageReader, best_answers, scores_of, why
from effnetv2_keras.inference.lite_contents import LABELS
from effnetv2_keras.inference.lite_model import LiteModel
from effnetv2_keras.inference.model_files import locate_model
from effnetv2_keras.inference.published import difference, preprocessing_of
from effnetv2_keras.models.head import head_of, probabilities
from effnetv2_keras.models.trained import load_trained
from effnetv2_keras.runs.run_directory import RunDirectory

REFUSED_FORMAT = re.compile(r"no format that this model takes \([^)]*\)")  # as `export.decoding` puts it


def load_predictor(location: str | os.PathLike[str]) -> Scorer:
    """Opens a run directory, a SavedModel folder (with or without its version) or a TFLite file.

    Args:
        location: the path; of a folder of versions the highest number counts.

    Returns:
        A `Scorer`: `.answer(photos, top)` gives names and scores of image files, `.score(images)` maps (B, S, S, 3)
        uint8 to (B, K), `.labels` are the K names, `.image_size` is S in px.

    Raises:
        DataError: if `location` is none of these, or is damaged.
    """
    kind, place = locate_model(Path(location))
    if kind == "tflite":
        return TFLiteFile(place)
    return TrainedRun(place) if kind == "run" else SavedModel(place)


class TrainedRun:
    """The best weights of a run directory, in `network`.

    Args:
        location: the run directory.

    Raises:
        DataError: if it has no weights or class names yet, they do not fit the network, or a file is damaged.
    """

    kind, takes_any_size = "run", True

    def __init__(self, location: Path) -> None:
        run = RunDirectory(location)
        config = run.config()
        self.labels = run.labels()
        recipe = run.recipe()
        self.image_size = recipe.eval_size
        self.view = get_preprocessing(recipe.crop.family).view
        self.network = load_trained(config, run.weights(), len(self.labels), run.activation())
        self._images = ImageReader(self.view, self.image_size)
        self._scores = {self.image_size: self._score_at(self.image_size)}

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo."""
        return best_answers(photos, scores_of(self._images.read_first(photos), self.score), self.labels, top)

    def score(self, images: np.ndarray) -> np.ndarray:
        """Returns probabilities (B, K) of images (B, S, S, 3) uint8; a function is made for each S."""
        size = images.shape[1]
        if size not in self._scores:
            self._scores[size] = self._score_at(size)
        return self._scores[size](images).numpy()

    def _score_at(self, size: int) -> Callable[[np.ndarray], tf.Tensor]:
        head = head_of(self.network)
        return tf.function(
            lambda images: probabilities(self.network(images, training=False), head),
            input_signature=[tf.TensorSpec([None, size, size, 3], tf.uint8)],
            autograph=False,
        )


class TFLiteFile:
    """A file of `export_tflite`; one image at a time. The scores of a file that gives logits are those.

    Args:
        location: the file.

    Raises:
        DataError: if it is no such file, or has no labels in it.
    """

    kind, takes_any_size = "tflite", False

    def __init__(self, location: Path) -> None:
        try:
            self._model = LiteModel(location)
        except DataError as error:
            raise DataError(f"{location} must be a TFLite file of export_tflite. Got: {error}") from None
        if self._model.labels is None:
            raise DataError(f"{location} must hold its labels ({LABELS}), as export_tflite writes it. Got: none.")
        self.labels, self.image_size = self._model.labels, self._model.image_size
        self.view = get_preprocessing(self._model.preprocessing).view
        self._images = ImageReader(self.view, self.image_size)

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo."""
        return best_answers(photos, scores_of(self._images.read_first(photos), self.score), self.labels, top)

    def score(self, images: np.ndarray) -> np.ndarray:
        """Returns the scores (B, K) of images (B, S, S, 3) uint8."""
        return np.stack([self._model.score(one) for one in images])


class SavedModel:
    """A version folder of `export_saved_model`; it decodes the files by itself.

    Args:
        folder: of the version.

    Raises:
        DataError: if it is no such folder, or not what its manifest says.
    """

    kind, takes_any_size = "saved_model", False

    def __init__(self, folder: Path) -> None:
        changed = difference(folder)
        if changed is not None:  # before anything of it is run
            raise DataError(f"{folder} must be a whole SavedModel of export_saved_model. Got: {changed}.")
        try:
            self._loaded = tf.saved_model.load(str(folder))
            self._classify = self._loaded.signatures["serving_default"]
            self.labels = tuple((folder / "assets" / "labels.txt").read_text(encoding="utf-8").splitlines())
            self._images = self._loaded.signatures["serving_images"]
            images = self._images.structured_input_signature[1]["images"]
        except (KeyError, OSError, tf.errors.OpError) as error:
            raise DataError(f"{folder} must be a whole SavedModel of export_saved_model. Got: {error}.") from None
        self.image_size = int(images.shape[1])
        self.view = get_preprocessing(preprocessing_of(folder)).view

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo, with at most as many classes as the model was exported with."""
        try:
            outputs = self._classify(image_bytes=tf.constant([photo.data for photo in photos]))
        except tf.errors.InvalidArgumentError as error:
            if len(photos) == 1:
                return [Answer(photos[0].name, error=_why_refused(photos[0], str(error)))]
            return [answer for photo in photos for answer in self.answer([photo], top)]
        classes, scores = outputs["classes"].numpy(), outputs["scores"].numpy()
        return [
            Answer(photo.name, tuple(name.decode() for name in row[:top]), tuple(float(s) for s in values[:top]))
            for photo, row, values in zip(photos, classes, scores, strict=True)
        ]

    def score(self, images: np.ndarray) -> np.ndarray:
        """Returns probabilities (B, K) of images (B, S, S, 3) uint8, of all K classes."""
        return self._images(images=tf.constant(images, tf.float32))["probabilities"].numpy()


def _why_refused(photo: Photo, message: str) -> str:
    """Says why a SavedModel did not take a photo: it may be whole, and of a format that was not asked for."""
    reason, format_refused = why(photo), REFUSED_FORMAT.search(message)
    return format_refused[0] if format_refused and reason.startswith(DAMAGED) else reason

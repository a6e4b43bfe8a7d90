"""One way to ask a run, a SavedModel or a TFLite file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.files import load_config
from effnetv2_keras.configs.preprocessing import get_preprocessing
from effnetv2_keras.data.diagnose import diagnose
from effnetv2_keras.data.file_kind import DAMAGED
from effnetv2_keras.data.resize import read_view
from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.answer import Answer, Photo, Predictor
from effnetv2_keras.inference.lite_contents import LABELS
from effnetv2_keras.inference.lite_model import LiteModel
from effnetv2_keras.inference.model_files import locate_model
from effnetv2_keras.inference.published import difference
from effnetv2_keras.models.head import head_of, probabilities
from effnetv2_keras.models.trained import load_trained
from effnetv2_keras.runs.run_directory import RunDirectory

REFUSED_FORMAT = re.compile(r"no format that this model takes \([^)]*\)")  # as `export.decoding` puts it


def load_predictor(location: Path) -> Predictor:
    """Opens a run directory, a SavedModel folder (with or without its version) or a TFLite file.

    Raises:
        DataError: if `location` is none of these.
    """
    kind, place = locate_model(location)
    if kind == "tflite":
        return TFLiteFile(place)
    return TrainedRun(place) if kind == "run" else SavedModel(place)


class TrainedRun:
    """The best weights of a run directory."""

    kind = "run"

    def __init__(self, location: Path) -> None:
        run = RunDirectory(location)
        config = load_config(run.model_file)
        self.labels = run.labels()
        recipe = run.recipe()
        self.image_size = recipe.eval_size
        self._images = ImageReader(self.image_size, self.labels, recipe.crop.family)
        network = load_trained(config, run.weights(), len(self.labels), run.activation())
        head = head_of(network)
        self._score = tf.function(
            lambda images: probabilities(network(images, training=False), head),
            input_signature=[tf.TensorSpec([None, self.image_size, self.image_size, 3], tf.uint8)],
            autograph=False,
        )

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo."""
        return self._images.answer(photos, top, lambda images: self._score(images).numpy())


class TFLiteFile:
    """A file of `export_tflite`; one image at a time. The scores of a file that gives logits are those."""

    kind = "tflite"

    def __init__(self, location: Path) -> None:
        try:
            self._model = LiteModel(location)
        except DataError as error:
            raise DataError(f"{location} must be a TFLite file of export_tflite. Got: {error}") from None
        if self._model.labels is None:
            raise DataError(f"{location} must hold its labels ({LABELS}), as export_tflite writes it. Got: none.")
        self.labels, self.image_size = self._model.labels, self._model.image_size
        self._images = ImageReader(self.image_size, self.labels, self._model.preprocessing)

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo."""
        return self._images.answer(photos, top, lambda images: np.stack([self._model.score(one) for one in images]))


class SavedModel:
    """A version folder of `export_saved_model`; it decodes the files by itself."""

    kind = "saved_model"

    def __init__(self, folder: Path) -> None:
        changed = difference(folder)
        if changed is not None:  # before anything of it is run
            raise DataError(f"{folder} must be a whole SavedModel of export_saved_model. Got: {changed}.")
        try:
            self._loaded = tf.saved_model.load(str(folder))
            self._classify = self._loaded.signatures["serving_default"]
            self.labels = tuple((folder / "assets" / "labels.txt").read_text(encoding="utf-8").splitlines())
            images = self._loaded.signatures["serving_images"].structured_input_signature[1]["images"]
        except (KeyError, OSError, tf.errors.OpError) as error:
            raise DataError(f"{folder} must be a whole SavedModel of export_saved_model. Got: {error}.") from None
        self.image_size = int(images.shape[1])

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


class ImageReader:
    """Reads files into square images for the predictors that do not decode by themselves."""

    def __init__(self, image_size: int, labels: tuple[str, ...], preprocessing: str) -> None:
        self.labels = labels
        view = get_preprocessing(preprocessing).view
        self._read = tf.function(
            lambda data: read_view(data, image_size, view),
            input_signature=[tf.TensorSpec([], tf.string)],
            autograph=False,
        )

    def answer(self, photos: list[Photo], top: int, score: Callable[[np.ndarray], np.ndarray]) -> list[Answer]:
        """Scores the photos that can be read, (B, S, S, 3) uint8 to (B, K), and answers for each of `photos`."""
        images: dict[int, np.ndarray] = {}
        for number, photo in enumerate(photos):
            try:
                images[number] = self._read(tf.constant(photo.data)).numpy()
            except tf.errors.InvalidArgumentError:
                continue
        rows = score(np.stack(list(images.values()))) if images else ()
        best = {number: self._best(photos[number], row, top) for number, row in zip(images, rows, strict=True)}
        return [best.get(n) or Answer(photo.name, error=why(photo)) for n, photo in enumerate(photos)]

    def _best(self, photo: Photo, probabilities: np.ndarray, top: int) -> Answer:
        order = np.argsort(-probabilities, kind="stable")[:top]
        return Answer(photo.name, tuple(self.labels[i] for i in order), tuple(float(probabilities[i]) for i in order))


def why(photo: Photo) -> str:
    """Says why a photo that a decoder has refused cannot be read."""
    return photo.error or diagnose(photo.data)


def _why_refused(photo: Photo, message: str) -> str:
    """Says why a SavedModel did not take a photo: it may be whole, and of a format that was not asked for."""
    reason, format_refused = why(photo), REFUSED_FORMAT.search(message)
    return format_refused[0] if format_refused and reason.startswith(DAMAGED) else reason

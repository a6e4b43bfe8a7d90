"""One way to ask a run, a SavedModel or a TFLite file."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.files import load_config
from effnetv2_keras.data.decode import read_square
from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.answer import Answer, Predictor
from effnetv2_keras.inference.interpreter import make_interpreter
from effnetv2_keras.models.create import create_model
from effnetv2_keras.models.head import head_of, probabilities
from effnetv2_keras.runs.run_directory import RunDirectory

UNREADABLE = "cannot be decoded: truncated, damaged, or no image"


def load_predictor(location: Path) -> Predictor:
    """Opens a run directory, a SavedModel folder (with or without its version) or a TFLite file.

    Raises:
        DataError: if `location` is none of these.
    """
    if not location.exists():
        raise DataError(f"No such file or directory: {location}.")
    if location.is_file() and location.suffix == ".tflite":
        return TFLiteFile(location)
    if RunDirectory(location).is_run:
        return TrainedRun(location)
    folder = _newest_version(location)
    if folder is not None:
        return SavedModel(folder)
    raise DataError(f"{location} must be a run directory, a SavedModel folder or a .tflite file. Got none of these.")


class TrainedRun:
    """The best weights of a run directory."""

    kind = "run"

    def __init__(self, location: Path) -> None:
        run = RunDirectory(location)
        config = load_config(run.model_file)
        self.labels = run.labels()
        self.image_size = run.recipe().eval_size
        self._images = ImageReader(self.image_size, self.labels)
        try:
            network = create_model(config, num_classes=len(self.labels), weights=run.weights())
        except OSError as error:
            raise DataError(f"{run.weights()} must be a whole weights file. Got: {error}.") from None
        head = head_of(network)
        self._score = tf.function(
            lambda images: probabilities(network(images, training=False), head),
            input_signature=[tf.TensorSpec([None, self.image_size, self.image_size, 3], tf.uint8)],
        )

    def answer(self, paths: list[Path], top: int) -> list[Answer]:
        """Returns an `Answer` a path."""
        return self._images.answer(paths, top, lambda images: self._score(images).numpy())


class TFLiteFile:
    """A file of `export_tflite`; one image at a time."""

    kind = "tflite"

    def __init__(self, location: Path) -> None:
        content = location.read_bytes()
        try:
            with zipfile.ZipFile(location) as archive:
                self.labels = tuple(archive.read("labels.txt").decode().splitlines())
        except (zipfile.BadZipFile, KeyError) as error:
            raise DataError(
                f"{location} must hold its labels (labels.txt), as export_tflite writes it. Got: {error}."
            ) from None
        try:
            interpreter = make_interpreter(content)
            interpreter.allocate_tensors()
            self._score = interpreter.get_signature_runner()
            self.image_size = int(self._score.get_input_details()["image"]["shape"][1])
        except (KeyError, RuntimeError, ValueError) as error:
            raise DataError(f"{location} must be a TFLite file of export_tflite. Got: {error}.") from None
        self._images = ImageReader(self.image_size, self.labels)

    def answer(self, paths: list[Path], top: int) -> list[Answer]:
        """Returns an `Answer` a path."""

        def score(images: np.ndarray) -> np.ndarray:
            return np.concatenate([self._score(image=image[None])["probabilities"] for image in images])

        return self._images.answer(paths, top, score)


class SavedModel:
    """A version folder of `export_saved_model`; it decodes the files by itself."""

    kind = "saved_model"

    def __init__(self, folder: Path) -> None:
        try:
            self._loaded = tf.saved_model.load(str(folder))
            self._classify = self._loaded.signatures["serving_default"]
            self.labels = tuple((folder / "assets" / "labels.txt").read_text(encoding="utf-8").splitlines())
            images = self._loaded.signatures["serving_images"].structured_input_signature[1]["images"]
        except (KeyError, OSError, tf.errors.OpError) as error:
            raise DataError(f"{folder} must be a whole SavedModel of export_saved_model. Got: {error}.") from None
        self.image_size = int(images.shape[1])

    def answer(self, paths: list[Path], top: int) -> list[Answer]:
        """Returns an `Answer` a path, with at most as many classes as the model was exported with."""
        files = [_content(path) for path in paths]
        try:
            outputs = self._classify(image_bytes=tf.constant(files))
        except tf.errors.InvalidArgumentError:
            if len(paths) == 1:
                return [Answer(str(paths[0]), error=UNREADABLE)]
            return [answer for path in paths for answer in self.answer([path], top)]
        classes, scores = outputs["classes"].numpy(), outputs["scores"].numpy()
        return [
            Answer(str(path), tuple(name.decode() for name in row[:top]), tuple(float(s) for s in values[:top]))
            for path, row, values in zip(paths, classes, scores, strict=True)
        ]


class ImageReader:
    """Reads files into square images for the predictors that do not decode by themselves."""

    def __init__(self, image_size: int, labels: tuple[str, ...]) -> None:
        self.labels = labels
        self._read = tf.function(
            lambda data: read_square(data, image_size), input_signature=[tf.TensorSpec([], tf.string)]
        )

    def answer(self, paths: list[Path], top: int, score: Callable[[np.ndarray], np.ndarray]) -> list[Answer]:
        """Scores the files that can be read, (B, S, S, 3) uint8 to (B, K), and answers for each of `paths`."""
        images: dict[Path, np.ndarray] = {}
        for path in paths:
            try:
                images[path] = self._read(tf.constant(_content(path))).numpy()
            except tf.errors.InvalidArgumentError:
                continue
        rows = score(np.stack(list(images.values()))) if images else ()
        best = {path: self._best(path, row, top) for path, row in zip(images, rows, strict=True)}
        return [best.get(path, Answer(str(path), error=UNREADABLE)) for path in paths]

    def _best(self, path: Path, probabilities: np.ndarray, top: int) -> Answer:
        order = np.argsort(-probabilities, kind="stable")[:top]
        return Answer(str(path), tuple(self.labels[i] for i in order), tuple(float(probabilities[i]) for i in order))


def _content(path: Path) -> bytes:
    """Returns the bytes of a file, none where it cannot be opened; a decoder refuses those like a damaged image's."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _newest_version(location: Path) -> Path | None:
    if (location / "saved_model.pb").is_file():
        return location
    versions = [entry for entry in location.iterdir() if entry.name.isdecimal()] if location.is_dir() else []
    inside = [entry for entry in versions if (entry / "saved_model.pb").is_file()]
    return max(inside, key=lambda entry: int(entry.name), default=None)

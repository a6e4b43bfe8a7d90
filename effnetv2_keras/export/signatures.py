"""The functions of a SavedModel that a server calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from effnetv2_keras.export.decoding import read_batch
from effnetv2_keras.export.deploy import Deployed
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.subject import Subject

Endpoint = Callable[..., dict[str, tf.Tensor]]
PHOTO_FEATURE = "image/encoded"  # where a `tf.train.Example` has the file, as in google/automl's records


class Served(tf.Module):
    """Holds the weights, the labels file and the signatures of a SavedModel.

    Every output is float32 or string and has the batch as its first dimension, as the row format of TF Serving's REST
    API and its batching both require. Every signature has one input, so that REST takes a plain list.
    """

    def __init__(self, subject: Subject, deployed: Deployed, top_k: int, serving: Serving, labels_file: Path) -> None:
        super().__init__()
        self.weights = deployed.variables
        self.labels_file = tf.saved_model.Asset(str(labels_file))
        size = subject.image_size
        names = tf.constant(subject.labels)
        count = min(top_k, len(subject.labels))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
        def scores_of(files: tf.Tensor) -> list[tf.Tensor]:
            return deployed.score(tf.cast(read_batch(files, size, subject.view, serving.formats), tf.float32))

        def best(files: tf.Tensor) -> dict[str, tf.Tensor]:
            scores, indices = tf.math.top_k(scores_of(files)[0], count)
            return {"classes": tf.gather(names, indices), "scores": scores}

        @_taking("image_bytes", [None], tf.string)
        def classify_files(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
            return best(image_bytes)

        @_taking("images", [None, size, size, 3], tf.float32)
        def score_images(images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"probabilities": deployed.score(images)[0]}

        @_taking("images", [None, size, size, 3], tf.uint8)
        def score_pixels(images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"probabilities": deployed.score(tf.cast(images, tf.float32))[0]}

        @_taking("inputs", [None], tf.string)
        def classify_examples(inputs: tf.Tensor) -> dict[str, tf.Tensor]:
            photo = {PHOTO_FEATURE: tf.io.FixedLenFeature([], tf.string)}
            return best(tf.io.parse_example(inputs, photo)[PHOTO_FEATURE])

        @_taking("image_bytes", [None], tf.string)
        def describe_files(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"features": scores_of(image_bytes)[1]}

        self.endpoints: dict[str, Endpoint] = {
            "serving_default": classify_files,
            "serving_images": score_images,
            "serving_images_uint8": score_pixels,
            "serving_example": classify_examples,
        }
        if serving.has_features:
            self.endpoints["serving_features"] = describe_files


def _taking(name: str, shape: list[int | None], dtype: tf.DType) -> Callable[[Callable], Endpoint]:
    """Returns a decorator for a function of one named tensor. Nothing of it is compiled: servers turn that off."""
    return tf.function(input_signature=[tf.TensorSpec(shape, dtype, name=name)], autograph=False)

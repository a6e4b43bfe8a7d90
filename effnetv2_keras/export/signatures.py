"""The functions of a SavedModel that a server calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from effnetv2_keras.data.resize import read_view
from effnetv2_keras.export.subject import Subject


class Served(tf.Module):
    """Holds the weights, the labels file and the signatures of a SavedModel.

    Every output has the batch as its first dimension, as the row format of TF Serving's REST API and its batching
    both require.
    """

    def __init__(self, subject: Subject, top_k: int, labels_file: Path) -> None:
        super().__init__()
        self.weights = subject.variables()
        self.labels_file = tf.saved_model.Asset(str(labels_file))
        size = subject.image_size
        names = tf.constant(subject.labels)
        count = min(top_k, len(subject.labels))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image_bytes")])
        def classify_files(image_bytes: tf.Tensor) -> dict[str, tf.Tensor]:
            images = tf.map_fn(
                lambda data: tf.ensure_shape(read_view(data, size, subject.view), (size, size, 3)),
                image_bytes,
                fn_output_signature=tf.TensorSpec((size, size, 3), tf.uint8),
            )
            scores, indices = tf.math.top_k(subject.probabilities(images), count)
            return {"classes": tf.gather(names, indices), "scores": scores}

        @tf.function(input_signature=[tf.TensorSpec([None, size, size, 3], tf.float32, name="images")])
        def score_images(images: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"probabilities": subject.probabilities(images)}

        self.endpoints: dict[str, Callable[..., dict[str, tf.Tensor]]] = {
            "serving_default": classify_files,
            "serving_images": score_images,
        }

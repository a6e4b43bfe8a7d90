"""Variables that a model would make in its first step, made before it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from effnetv2_keras.training.replicas import num_replicas


def build_ahead(model: Any) -> None:
    """Gives optimizer and metrics of a compiled classifier their variables.

    A step that makes variables is traced by TensorFlow twice, which costs seconds for a network of hundreds of layers.
    JAX and tf.distribute ask for them ahead by themselves.
    """
    if keras.backend.backend() != "tensorflow" or num_replicas(model) > 1:
        return
    with model.distribute_strategy.scope():  # a strategy of one device asks for its variables there too
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        count_nothing(model)


def count_nothing(model: Any) -> None:
    """Has every metric count a row and forget it again: metrics get their variables when they first count."""
    rows = np.zeros((1, model.num_classes), "float32")
    if num_replicas(model) > 1:  # there they count on a device only
        model.distribute_strategy.run(lambda: model.compute_metrics(None, rows, rows))
    else:
        model.compute_metrics(None, rows, rows)
    model.reset_metrics()

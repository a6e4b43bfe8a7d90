"""How often the best class is one that the image shows."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("effnetv2_keras")
class ShownAccuracy(keras.metrics.MeanMetricWrapper):
    """The share of images whose best class is among those they show; with one class an image, the usual accuracy.

    Labels that were mixed count by the larger part, as `CategoricalAccuracy` counts them.
    """

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(best_is_shown, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns what builds this metric again."""
        return {"name": self.name, "dtype": self.dtype}


def best_is_shown(labels: Any, scores: Any) -> Any:
    """Returns 1 where the class with the best score has the largest label, (B,) float32 for rows (B, K)."""
    best = ops.expand_dims(ops.argmax(scores, axis=-1), -1)
    label = ops.squeeze(ops.take_along_axis(ops.cast(labels, "float32"), best, axis=-1), -1)
    largest = ops.max(ops.cast(labels, "float32"), axis=-1)
    return ops.cast((label >= largest) & (label > 0), "float32")

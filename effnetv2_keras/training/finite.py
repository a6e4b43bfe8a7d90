"""Stops a training whose loss is no number any more, before a checkpoint takes it in."""

from __future__ import annotations

import math
from typing import Any

import keras

from effnetv2_keras.training.checkpoint import NotFinite, numbers


class StopAtNonFinite(keras.callbacks.Callback):
    """Looks at the loss of every step; comes before everything that writes a checkpoint."""

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Refuses a loss that is infinite or not a number.

        Raises:
            NotFinite: if it is.
        """
        mean = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(mean):
            raise NotFinite(f"the loss is {float(numbers(self.model.batch_loss))}")

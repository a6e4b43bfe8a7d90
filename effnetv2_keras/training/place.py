"""Keeps the knobs' place in the data order in step with `fit`."""

from __future__ import annotations

import keras

from effnetv2_keras.layers.knobs import Knobs


class Place(keras.callbacks.Callback):
    """Tells the dataset which epoch begins, before its iterator is made; the first may begin in its middle.

    A dataset's length is fixed, so an epoch that begins in its middle is ended here: the batch loop is stopped after
    the steps that were left, and training goes on with the next epoch.
    """

    def __init__(self, knobs: Knobs) -> None:
        super().__init__()
        self.knobs = knobs
        self.steps_left: int | None = None
        self.is_epoch_cut = False

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Looks where the first epoch begins."""
        if self.knobs.start_step and self.knobs.feed is not None:
            self.steps_left = self.knobs.feed.steps_per_epoch - self.knobs.start_step

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Sets the epoch; `start_step` holds for the first one alone."""
        self.knobs.epoch = epoch
        if self.steps_left is None:
            self.knobs.start_step = 0

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Ends an epoch that began in its middle."""
        if self.steps_left is not None and batch + 1 >= self.steps_left and not self.model.stop_training:
            self.model.stop_training = self.is_epoch_cut = True

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Lets training go on after the epoch that was cut."""
        if self.is_epoch_cut:
            self.model.stop_training = self.is_epoch_cut = False
        self.steps_left = None

    def on_train_end(self, logs: dict | None = None) -> None:
        """Leaves the knobs at the start of an epoch."""
        self.knobs.start_step = 0

"""Keeps the knobs' place in the data order in step with `fit`."""

from __future__ import annotations

import warnings
from contextlib import ExitStack

import keras

from effnetv2_keras.layers.knobs import Knobs


class Place(keras.callbacks.Callback):
    """Tells the dataset which epoch begins, before its iterator is made; the first may begin in its middle.

    A dataset's length is fixed. So an epoch that has fewer steps, since it begins in its middle or its batches are
    larger than those of others, is ended here: the batch loop is stopped after its last step, and training goes on
    with the next epoch.
    """

    def __init__(self, knobs: Knobs) -> None:
        super().__init__()
        self.knobs = knobs
        self.is_first_epoch = True
        self.is_epoch_cut = False
        self._quiet = ExitStack()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Sets the epoch; `start_step` holds for the first one alone."""
        self.knobs.epoch = epoch
        if not self.is_first_epoch:
            self.knobs.start_step = 0

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Goes straight to the validation of an epoch whose steps were all taken before.

        Raises:
            StopIteration: in that case, as data without a batch do.
        """
        feed, start = self.knobs.feed, self.knobs.start_step
        if feed is not None and start > 0 and start >= feed.steps_at(self.knobs.batch_size):
            self._quiet.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", message="Your input ran out of data")  # Keras takes it for a mistake
            raise StopIteration

    def on_test_begin(self, logs: dict | None = None) -> None:
        """Lets warnings through again."""
        self._quiet.close()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Ends an epoch that has fewer steps than the dataset."""
        feed, start = self.knobs.feed, self.knobs.start_step
        if feed is None or (start == 0 and len(feed.batch_sizes) == 1) or self.model.stop_training:
            return
        if start + batch + 1 >= feed.steps_at(self.knobs.batch_size):
            self.model.stop_training = self.is_epoch_cut = True

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Lets training go on after the epoch that was cut."""
        self._quiet.close()
        if self.is_epoch_cut:
            self.model.stop_training = self.is_epoch_cut = False
        self.is_first_epoch = False

    def on_train_end(self, logs: dict | None = None) -> None:
        """Leaves the knobs at the start of an epoch."""
        self.knobs.start_step = 0

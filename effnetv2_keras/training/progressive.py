"""Turns the knobs of a run to the phase that an epoch belongs to."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.configs.schedule import Phase, Schedule
from effnetv2_keras.training.checks import check_schedule, check_side


class ProgressiveCallback(keras.callbacks.Callback):
    """Raises image size and regularisation between epochs, as `schedule` says.

    For a `Classifier`, around any Keras model. The phase is a function of the epoch alone, so `initial_epoch` lands in
    the right one. What the schedule turns is added to the epoch's logs.

    Args:
        schedule: what each epoch gets.
        verbose: 1 prints the schedule at the start and each phase as it begins.

    Raises:
        UsageError: from `fit`, if the schedule, the network and the data do not fit together.

    Source: Tan & Le 2021, Algorithm 1.
    """

    def __init__(self, schedule: Schedule, verbose: int = 1) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        self.phase: Phase | None = None
        self._is_to_check = False

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Refuses a run whose epochs or knobs do not fit, before its first step.

        Raises:
            UsageError: see `check_schedule`.
        """
        check_schedule(self.model, self.schedule, epochs=self.params["epochs"])
        self.phase = None
        self._say(str(self.schedule))

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Turns the knobs."""
        phase = self.schedule.phase_at(epoch)
        if phase != self.phase:
            self.model.knobs.assign(phase)
            self._say(f"phase {phase.index + 1}/{len(self.schedule.phases)}: {phase.image_size} px")
        self._is_to_check = phase != self.phase
        self.phase = phase

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Compares the size that the first step of a phase saw with the size it should have seen.

        Raises:
            UsageError: if they differ.
        """
        if self._is_to_check and self.phase is not None:
            check_side(self.model, self.phase)
            self._is_to_check = False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Logs where the knobs of the schedule stand."""
        if logs is not None:
            stand = self.model.knobs.values()
            logs.update({name: stand[name] for name in ("image_size", *self.schedule.turned) if name in stand})

    def _say(self, text: str) -> None:
        if self.verbose:
            print(text)

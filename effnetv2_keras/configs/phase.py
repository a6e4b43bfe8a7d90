"""One stretch of progressive training: what is turned, in which unit, within which range."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.configs.rules import SMALLEST_IMAGE, check_probability
from effnetv2_keras.errors import UsageError

# fmt: off
#  setting          unit or range       printed as
REGULARISATION = {
    "randaugment": ("magnitude, 0-30",  "{:.1f}"),
    "mixup":       ("alpha, >= 0",      "{:.2f}"),
    "cutmix":      ("alpha, >= 0",      "{:.2f}"),
    "dropout":     ("rate, [0, 1)",     "{:.2f}"),
    "drop_path":   ("rate, [0, 1)",     "{:.2f}"),
}
PACE = {
    "batch_size":          ("images a step, >= 1", "{:.0f}"),
    "learning_rate_scale": ("times the rate, > 0", "{:.3g}"),
}
# fmt: on
SETTINGS = {**REGULARISATION, **PACE}
HIGHEST = {"randaugment": 30.0}
RATES = ("dropout", "drop_path")


def check_regularisation(name: str, value: float) -> None:
    """Refuses a magnitude outside 0 to 30, an alpha below 0 and a rate outside [0, 1).

    Args:
        name: one of `REGULARISATION`.
        value: what it is to be.

    Raises:
        UsageError: with the name, the range and the value.
    """
    if name in RATES:
        check_probability(name, float(value), below_one=True)
    highest = HIGHEST.get(name, float("inf"))
    if not 0 <= value <= highest:
        raise UsageError(f"`{name}` must be between 0 and {highest:g}. Got: {value:g}.")


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of progressive training. A setting that is None is left as it is.

    Schedules call `check`, which refuses what is out of these ranges.

    Args:
        index: 0 for the first phase.
        first_epoch: first epoch of the phase, 0-based.
        last_epoch: last epoch of the phase, included.
        image_size: side of the square training images, px, at least 32.
        randaugment: magnitude, 0 (off) to 30.
        mixup: alpha of the Beta distribution, at least 0; 0 is off.
        cutmix: alpha of the Beta distribution, at least 0; 0 is off.
        dropout: rate of the dropout before the head, in [0, 1).
        drop_path: stochastic depth's rate at the end of the network, in [0, 1).
        batch_size: images a step, at least 1.
        learning_rate_scale: the learning rate is multiplied by this, above 0.

    Source: Tan & Le 2021, Algorithm 1, which calls it a stage.
    """

    index: int
    first_epoch: int
    last_epoch: int
    image_size: int
    randaugment: float | None = None
    mixup: float | None = None
    cutmix: float | None = None
    dropout: float | None = None
    drop_path: float | None = None
    batch_size: int | None = None
    learning_rate_scale: float | None = None

    @property
    def num_epochs(self) -> int:
        """Length of the phase."""
        return self.last_epoch - self.first_epoch + 1

    def check(self) -> None:
        """Refuses a value out of its range.

        Raises:
            UsageError: with the setting's name, its range and the value.
        """
        if self.image_size < SMALLEST_IMAGE:
            raise UsageError(f"`image_size` must be at least {SMALLEST_IMAGE} px. Got: {self.image_size}.")
        for name in REGULARISATION:
            if getattr(self, name) is not None:
                check_regularisation(name, getattr(self, name))
        if self.batch_size is not None and self.batch_size < 1:
            raise UsageError(f"`batch_size` must be at least 1. Got: {self.batch_size}.")
        scale = self.learning_rate_scale
        if scale is not None and not 0 < scale < float("inf"):
            raise UsageError(f"`learning_rate_scale` must be above 0. Got: {scale:g}.")

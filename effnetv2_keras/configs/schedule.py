"""Progressive learning as data: which image size and how much regularisation each epoch gets.

Source: Tan & Le 2021, section 4.2 and Algorithm 1. The paper calls a stretch of training a stage; here `Stage` is a
row of an architecture and `Phase` a stretch of training.
"""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.errors import UsageError

SMALLEST_IMAGE = 32  # px: five halvings leave one pixel

# fmt: off
#  setting          unit or range       printed as
REGULARISATION = {
    "randaugment": ("magnitude, 0-30",  "{:.1f}"),
    "mixup":       ("alpha, >= 0",      "{:.2f}"),
    "cutmix":      ("alpha, >= 0",      "{:.2f}"),
    "dropout":     ("rate, [0, 1)",     "{:.2f}"),
    "drop_path":   ("rate, [0, 1)",     "{:.2f}"),
}
# fmt: on
HIGHEST = {"randaugment": 30.0, "dropout": 0.99, "drop_path": 0.99}


def check_regularisation(name: str, value: float) -> None:
    """Refuses a magnitude, alpha or rate outside its range."""
    highest = HIGHEST.get(name, float("inf"))
    if not 0 <= value <= highest:
        raise UsageError(f"`{name}` must be between 0 and {highest:g}. Got: {value:g}.")


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of progressive training. A setting that is None is left as it is.

    Args:
        index: 0 for the first phase.
        first_epoch: first epoch of the phase, 0-based.
        last_epoch: last epoch of the phase, included.
        image_size: side of the square training images, px.
        randaugment: magnitude, 0 (off) to 30.
        mixup: alpha of the Beta distribution, 0 is off.
        cutmix: alpha of the Beta distribution, 0 is off.
        dropout: rate of the dropout before the head, [0, 1).
        drop_path: stochastic depth's rate at the end of the network, [0, 1).
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


@dataclass(frozen=True, slots=True)
class ProgressiveSchedule:
    """Cuts `epochs` into phases; size and regularisation rise from phase to phase.

    A function of the epoch alone, so a resumed run lands in the right phase by itself. Each setting is a `Ramp`, a
    number (the same in every phase) or None (not turned). `print(schedule)` shows the table.

    Args:
        epochs: length of the training.
        image_size: side of the training images, px, at least 32; fractions are cut off, as in the released code.
        num_phases: number of phases, at most `epochs`.
        randaugment, mixup, cutmix, dropout, drop_path: see `Phase`.
        size_multiple: image sizes are rounded down to a multiple of this many px.

    Raises:
        UsageError: if there are fewer epochs than phases or a value is out of its range.

    >>> schedule = ProgressiveSchedule(epochs=20, num_phases=4, image_size=Ramp(128, 224), randaugment=Ramp(5, 15))
    >>> [phase.image_size for phase in schedule.phases]
    [128, 160, 192, 224]
    """

    epochs: int
    image_size: Ramp | float
    num_phases: int = 4
    randaugment: Ramp | float | None = None
    mixup: Ramp | float | None = None
    cutmix: Ramp | float | None = None
    dropout: Ramp | float | None = None
    drop_path: Ramp | float | None = None
    size_multiple: int = 1

    def __post_init__(self) -> None:
        if self.num_phases < 1:
            raise UsageError(f"`num_phases` must be at least 1. Got: {self.num_phases}.")
        if self.epochs < self.num_phases:
            raise UsageError(
                f"`epochs` must be at least `num_phases` ({self.num_phases}), one epoch a phase. Got: {self.epochs}."
            )
        for phase in self.phases:
            if phase.image_size < SMALLEST_IMAGE:
                raise UsageError(f"`image_size` must be at least {SMALLEST_IMAGE} px. Got: {phase.image_size}.")
            for name in self.regularised:
                check_regularisation(name, getattr(phase, name))

    @property
    def regularised(self) -> tuple[str, ...]:
        """Names of the regularisations that the schedule turns."""
        return tuple(name for name in REGULARISATION if getattr(self, name) is not None)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases in order."""
        return tuple(self._phase(index) for index in range(self.num_phases))

    def phase_at(self, epoch: int) -> Phase:
        """Returns the phase that `epoch` (0-based) belongs to."""
        if not 0 <= epoch < self.epochs:
            raise UsageError(f"`epoch` must be between 0 and {self.epochs - 1}, the schedule's last. Got: {epoch}.")
        return next(phase for phase in self.phases if phase.first_epoch <= epoch <= phase.last_epoch)

    def _phase(self, index: int) -> Phase:
        size = int(_at(self.image_size, index, self.num_phases) + 1e-6)  # 160 may come as 159.999...
        return Phase(
            index=index,
            first_epoch=self.epochs * index // self.num_phases,
            last_epoch=self.epochs * (index + 1) // self.num_phases - 1,
            image_size=size - size % self.size_multiple,
            **{name: _at(getattr(self, name), index, self.num_phases) for name in self.regularised},
        )

    def __str__(self) -> str:
        columns = ["phase", "epochs", "image_size", *self.regularised]
        rows = [columns]
        for phase in self.phases:
            rows.append(
                [
                    str(phase.index),
                    f"{phase.first_epoch}..{phase.last_epoch}",
                    str(phase.image_size),
                    *(REGULARISATION[name][1].format(getattr(phase, name)) for name in self.regularised),
                ]
            )
        widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _at(setting: Ramp | float, index: int, of: int) -> float:
    return setting.at(index, of=of) if isinstance(setting, Ramp) else float(setting)

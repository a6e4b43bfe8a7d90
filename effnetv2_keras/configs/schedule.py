"""Progressive learning as data: which image size and how much regularisation each epoch gets.

Source: Tan & Le 2021, section 4.2 and Algorithm 1. The paper calls a stretch of training a stage; here `Stage` is a
row of an architecture and `Phase` a stretch of training.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from effnetv2_keras.configs.phase import PACE as PACE
from effnetv2_keras.configs.phase import REGULARISATION as REGULARISATION
from effnetv2_keras.configs.phase import SETTINGS as SETTINGS
from effnetv2_keras.configs.phase import Phase as Phase
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.rules import check_at_least, is_finite
from effnetv2_keras.errors import UsageError


class Schedule(ABC):
    """What each epoch gets, a function of the epoch alone: a resumed run lands in the right phase by itself.

    `print(schedule)` shows the table.
    """

    __slots__ = ()
    epochs: int

    @property
    @abstractmethod
    def phases(self) -> tuple[Phase, ...]:
        """All phases in order; together they are every epoch once."""

    @property
    @abstractmethod
    def turned(self) -> tuple[str, ...]:
        """Names of the settings beside the image size that every phase sets."""

    @property
    def regularised(self) -> tuple[str, ...]:
        """Names of the regularisations that the schedule turns."""
        return tuple(name for name in self.turned if name in REGULARISATION)

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """Images a step that the phases ask for, each once, in order; none where the schedule does not turn them."""
        return tuple(dict.fromkeys(phase.batch_size for phase in self.phases if phase.batch_size is not None))

    @property
    def last_phase(self) -> Phase:
        """The phase that training ends with."""
        return self.phases[-1]

    def phase_at(self, epoch: int) -> Phase:
        """Returns the phase that `epoch` (0-based) belongs to.

        Raises:
            UsageError: if `epoch` is below 0 or not below `epochs`.
        """
        if not 0 <= epoch < self.epochs:
            raise UsageError(f"`epoch` must be between 0 and {self.epochs - 1}, the schedule's last. Got: {epoch}.")
        return next(phase for phase in self.phases if phase.first_epoch <= epoch <= phase.last_epoch)

    def __str__(self) -> str:
        columns = ["phase", "epochs", "image_size", *self.turned]
        rows = [columns]
        for phase in self.phases:
            rows.append(
                [
                    str(phase.index),
                    f"{phase.first_epoch}..{phase.last_epoch}",
                    str(phase.image_size),
                    *(SETTINGS[name][1].format(getattr(phase, name)) for name in self.turned),
                ]
            )
        widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


@dataclass(frozen=True, slots=True)
class ProgressiveSchedule(Schedule):
    """Cuts `epochs` into phases; size and regularisation rise from phase to phase.

    Each setting is a `Ramp`, a number (the same in every phase) or None (not turned). With one phase nothing rises.

    Args:
        epochs: length of the training.
        image_size: side of the training images, px, at least 32; fractions are cut off, as in the released code.
        num_phases: number of phases, at most `epochs`; phase k ends with epoch `int(epochs * (k + 1) / num_phases)`.
        randaugment, mixup, cutmix, dropout, drop_path, batch_size, learning_rate_scale: see `Phase`.
        size_multiple: image sizes are rounded down to a multiple of this many px.

    Raises:
        UsageError: if there are fewer epochs than phases or a value is out of its range.

    Source: Tan & Le 2021, section 4.2 and Algorithm 1.

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
    batch_size: Ramp | float | None = None
    learning_rate_scale: Ramp | float | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "num_phases", "size_multiple"):
            check_at_least(name, getattr(self, name), 1)
        if self.epochs < self.num_phases:
            raise UsageError(
                f"`epochs` must be at least `num_phases` ({self.num_phases}), one epoch a phase. Got: {self.epochs}."
            )
        check_numbers(self, ("image_size", *self.turned))
        for phase in self.phases:
            phase.check()

    @property
    def turned(self) -> tuple[str, ...]:
        """Names of the settings that are not None."""
        return tuple(name for name in SETTINGS if getattr(self, name) is not None)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases in order."""
        return tuple(self._phase(index) for index in range(self.num_phases))

    def _phase(self, index: int) -> Phase:
        way = 1.0 if self.num_phases == 1 else index / (self.num_phases - 1)
        return Phase(
            index=index,
            first_epoch=self.epochs * index // self.num_phases,
            last_epoch=self.epochs * (index + 1) // self.num_phases - 1,
            image_size=whole_size(value_at(self.image_size, way), self.size_multiple),
            **settings_at(self, way),
        )


def constant_schedule(epochs: int, image_size: int, **settings: float) -> ProgressiveSchedule:
    """Returns a schedule of one phase, in which nothing changes.

    Args:
        epochs: length of the training, at least 1.
        image_size: side of the training images, px, at least 32.
        **settings: of `ProgressiveSchedule`, each a number.

    Raises:
        UsageError: if a value is out of its range.

    >>> print(constant_schedule(10, 224, randaugment=10))
    phase  epochs  image_size  randaugment
        0    0..9         224         10.0
    """
    return ProgressiveSchedule(epochs, image_size, num_phases=1, **settings)  # type: ignore[arg-type]


def check_numbers(holder: object, names: Iterable[str]) -> None:
    """Refuses a setting of `holder` that is neither a finite number nor a `Ramp` between two.

    Raises:
        UsageError: with its name and the value.
    """
    for name in names:
        setting = getattr(holder, name)
        for end in (setting.first, setting.last) if isinstance(setting, Ramp) else (setting,):
            if not is_finite(end):
                raise UsageError(f"`{name}` must be a finite number, or a `Ramp` between two. Got: {setting!r}.")


def settings_at(schedule: Schedule, way: float) -> dict[str, Any]:
    """Returns the settings that `schedule` turns at `way`, 0 for the first value of each `Ramp` and 1 for the last."""
    values: dict[str, Any] = {name: value_at(getattr(schedule, name), way) for name in schedule.turned}
    if "batch_size" in values:
        values["batch_size"] = whole_size(values["batch_size"])
    return values


def value_at(setting: Ramp | float, way: float) -> float:
    """Returns `setting` at `way`, in [0, 1]."""
    return setting.between(way) if isinstance(setting, Ramp) else float(setting)


def whole_size(value: float, multiple: int = 1) -> int:
    """Cuts fractions off, then rounds down to a multiple."""
    size = int(value + 1e-6)  # 160 may come as 159.999...
    return size - size % multiple

"""Phases given one by one."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.configs.rules import check_at_least
from effnetv2_keras.configs.schedule import SETTINGS, Phase, Schedule, check_numbers
from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase by its length, for a `PhaseList`, which refuses what is out of range.

    Args:
        epochs: how many, at least 1.
        image_size: side of the square training images, px, at least 32.
        randaugment, mixup, cutmix, dropout, drop_path, batch_size, learning_rate_scale: see `Phase`.
    """

    epochs: int
    image_size: int
    randaugment: float | None = None
    mixup: float | None = None
    cutmix: float | None = None
    dropout: float | None = None
    drop_path: float | None = None
    batch_size: int | None = None
    learning_rate_scale: float | None = None


@dataclass(frozen=True, slots=True)
class PhaseList(Schedule):
    """A schedule of the phases in `rows`, one after the other.

    Args:
        rows: the phases. A setting is given in all of them or in none: what one phase left as it is would stand
            otherwise in a run that begins there.

    Raises:
        UsageError: if there is no row, a row has no epoch, a setting is missing in some, or a value is out of its
            range.

    >>> print(PhaseList((PhaseRow(4, 32, dropout=0.1), PhaseRow(8, 64, dropout=0.2))))
    phase  epochs  image_size  dropout
        0    0..3          32     0.10
        1   4..11          64     0.20
    """

    rows: tuple[PhaseRow, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
        if not self.rows:
            raise UsageError("A schedule must have at least one phase. Got: none.")
        for index, row in enumerate(self.rows):
            check_at_least(f"epochs of phase {index}", row.epochs, 1)
        for name in SETTINGS:
            missing = [str(index) for index, row in enumerate(self.rows) if getattr(row, name) is None]
            if 0 < len(missing) < len(self.rows):
                raise UsageError(
                    f"`{name}` must be given in every phase or in none (0 is off). Missing in: {', '.join(missing)}."
                )
        for row in self.rows:
            check_numbers(row, ("image_size", *self.turned))
        for phase in self.phases:
            phase.check()

    @property
    def epochs(self) -> int:  # type: ignore[override]
        """Length of the training."""
        return sum(row.epochs for row in self.rows)

    @property
    def turned(self) -> tuple[str, ...]:
        """Names of the settings that the rows give."""
        return tuple(name for name in SETTINGS if getattr(self.rows[0], name) is not None)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases in order."""
        ends = [sum(row.epochs for row in self.rows[: index + 1]) for index in range(len(self.rows))]
        return tuple(
            Phase(
                index=index,
                first_epoch=end - row.epochs,
                last_epoch=end - 1,
                image_size=row.image_size,
                **{name: getattr(row, name) for name in self.turned},
            )
            for index, (row, end) in enumerate(zip(self.rows, ends, strict=True))
        )

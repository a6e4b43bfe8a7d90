"""Random resize: a size drawn anew every few epochs, and regularisation that fits it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.rules import check_at_least
from effnetv2_keras.configs.schedule import SETTINGS, Phase, Schedule, check_numbers, settings_at, whole_size
from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class RandomResize(Schedule):
    """Draws the image size anew every `every` epochs; regularisation is interpolated to the size drawn.

    The comparison of the paper's Table 13. A setting `Ramp(first, last)` has `first` at the smallest size, `last` at
    the largest and lies between them in proportion. A draw is a pure function of the seed and the epoch.

    Args:
        epochs: length of the training.
        image_size: smallest and largest size, px; each whole number between them is as likely as any other.
        every: epochs that a size is kept.
        seed: of the draws.
        randaugment, mixup, cutmix, dropout, drop_path, batch_size, learning_rate_scale: see `Phase`.
        size_multiple: image sizes are rounded down to a multiple of this many px, after the draw.

    Raises:
        UsageError: if the sizes fall, or a value is out of its range.

    Source: Tan & Le 2021, Table 13 and its text ("every eight epochs").

    >>> print(RandomResize(epochs=20, image_size=Ramp(128, 300), randaugment=Ramp(5, 15)))
    phase  epochs  image_size  randaugment
        0    0..7         212          9.9
        1   8..15         240         11.5
        2  16..19         290         14.4
    """

    epochs: int
    image_size: Ramp
    every: int = 8
    seed: int = 0
    randaugment: Ramp | float | None = None
    mixup: Ramp | float | None = None
    cutmix: Ramp | float | None = None
    dropout: Ramp | float | None = None
    drop_path: Ramp | float | None = None
    size_multiple: int = 1
    batch_size: Ramp | float | None = None
    learning_rate_scale: Ramp | float | None = None

    def __post_init__(self) -> None:
        for name in ("epochs", "every", "size_multiple"):
            check_at_least(name, getattr(self, name), 1)
        if isinstance(self.image_size, Ramp):
            check_numbers(self, ("image_size", *self.turned))
        if not isinstance(self.image_size, Ramp) or self.image_size.first > self.image_size.last:
            raise UsageError(f"`image_size` must be SMALLEST:LARGEST, like 128:300. Got: {self.image_size}.")
        for smallest_or_largest in (0.0, 1.0):
            self._phase(0, smallest_or_largest).check()

    @property
    def turned(self) -> tuple[str, ...]:
        """Names of the settings that are not None."""
        return tuple(name for name in SETTINGS if getattr(self, name) is not None)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases in order, one a draw."""
        return tuple(self._phase(index, self._draw(index)) for index in range(-(-self.epochs // self.every)))

    def _draw(self, index: int) -> float:
        """Returns where between the smallest and the largest size the draw `index` lies, in [0, 1]."""
        smallest, largest = int(self.image_size.first), int(self.image_size.last)
        digest = hashlib.sha256(f"{self.seed}/{index}".encode()).digest()
        steps = int.from_bytes(digest[:8], "big") % (largest - smallest + 1)
        return steps / max(largest - smallest, 1)

    def _phase(self, index: int, way: float) -> Phase:
        return Phase(
            index=index,
            first_epoch=index * self.every,
            last_epoch=min((index + 1) * self.every, self.epochs) - 1,
            image_size=whole_size(self.image_size.between(way), self.size_multiple),
            **settings_at(self, way),
        )

"""A setting that rises in equal steps from the first phase to the last."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class Ramp:
    """Goes from `first` to `last` in equal steps.

    Args:
        first: the value in the first phase, in the unit of the setting.
        last: the value in the last phase.

    Source: Tan & Le 2021, Algorithm 1 (size and every regularisation are interpolated alike).

    >>> [Ramp(5, 15).at(phase, of=3) for phase in range(3)]
    [5.0, 10.0, 15.0]
    """

    first: float
    last: float

    def at(self, phase: int, *, of: int) -> float:
        """Returns the value in phase `phase` (0-based) of `of` phases; a single phase has `last`."""
        return self.between(1.0 if of == 1 else phase / (of - 1))

    def between(self, way: float) -> float:
        """Returns the value at `way`, from 0 (`first`) to 1 (`last`)."""
        return self.first * (1 - way) + self.last * way  # exactly `first` and `last` at the ends

    def __str__(self) -> str:
        return f"{_short(self.first)}:{_short(self.last)}"


def parse_ramp(name: str, text: str) -> Ramp:
    """Reads `"5:15"` as a ramp and `"10"` as a constant.

    Raises:
        UsageError: if `text` is neither; `name` is what the message calls it.

    >>> parse_ramp("--dropout", "0.1:0.3")
    Ramp(first=0.1, last=0.3)
    """
    first, _, last = text.partition(":")
    try:
        return Ramp(float(first), float(last or first))
    except ValueError:
        raise UsageError(f"`{name}` must be a number or FIRST:LAST, like 5:15. Got: {text!r}.") from None


def _short(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def parse_progressive(text: str) -> tuple[Ramp, int]:
    """Reads `"128:224/4"`, sizes from 128 to 224 px in 4 phases.

    Raises:
        UsageError: if `text` has another form.

    >>> parse_progressive("128:224/4")
    (Ramp(first=128, last=224), 4)
    """
    sizes, _, phases = text.partition("/")
    first, _, last = sizes.partition(":")
    if not (first.isdecimal() and last.isdecimal() and phases.isdecimal() and int(phases) > 0):
        raise UsageError(
            f"`--progressive` must be FIRST:LAST/PHASES in whole numbers, like 128:224/4 "
            f"(sizes from 128 to 224 px in 4 phases). Got: {text!r}."
        )
    return Ramp(int(first), int(last)), int(phases)

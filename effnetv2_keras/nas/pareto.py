"""Networks that none of the others beats in everything."""

from __future__ import annotations

from collections.abc import Sequence


def pareto_front(points: Sequence[tuple[float, ...]]) -> list[int]:
    """Returns which points are not dominated: no other is at least as good in all values and better in one.

    Args:
        points: values of each, all to be as large as possible.

    >>> pareto_front([(0.9, -2.0), (0.8, -1.0), (0.7, -3.0)])
    [0, 1]
    """

    def beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
        return one != other and all(a >= b for a, b in zip(one, other, strict=True))

    return [at for at, point in enumerate(points) if not any(beats(other, point) for other in points)]

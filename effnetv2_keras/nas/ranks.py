"""How well one order of the same things agrees with another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Returns the rank correlation, 1 for the same order and -1 for the reverse; ties share their mean rank.

    It is no number where all values of a side are equal, or there are fewer than two.

    >>> spearman([1, 2, 3, 4], [10, 20, 40, 30])
    0.8
    """
    one, other = (_ranks(np.asarray(values, dtype=float)) for values in (first, second))
    if len(one) < 2 or not one.std() or not other.std():
        return float("nan")
    return round(float(np.corrcoef(one, other)[0, 1]), 12)


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]

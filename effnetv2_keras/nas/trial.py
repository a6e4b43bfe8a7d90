"""A finished trial, as samplers see it."""

from __future__ import annotations

from dataclasses import dataclass

from effnetv2_keras.nas.point import Point


@dataclass(frozen=True, slots=True)
class Trial:
    """A network that was tried, and what it earned.

    Attributes:
        point: the network.
        reward: None where it was given up before an accuracy was known.
    """

    point: Point
    reward: float | None

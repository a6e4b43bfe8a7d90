"""What every sampler is: a function of the finished trials, so that it needs no memory of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.trial import Trial

Propose = Callable[[SearchSpace, Sequence[Trial], Random], Point]


def propose_random(space: SearchSpace, trials: Sequence[Trial], random: Random) -> Point:
    """Returns any network of the space, whatever was tried before: what every search has to beat."""
    return space.sample(random)

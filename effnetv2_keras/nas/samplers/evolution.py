"""Regularised evolution: the youngest trials are the population, and the oldest leave it.

Source: Real et al. 2019, "Regularized Evolution for Image Classifier Architecture Search", section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.trial import Trial


@dataclass(frozen=True, slots=True)
class Evolution:
    """Mutates the best of a few that are drawn from the population.

    Attributes:
        population: how many of the youngest trials are alive; as many are drawn at random first.
        tournament: how many of them are drawn to choose a parent from.
    """

    population: int = 20
    tournament: int = 6

    def __call__(self, space: SearchSpace, trials: Sequence[Trial], random: Random) -> Point:
        """Returns the next network."""
        alive = [(trial.reward, trial.point) for trial in trials if trial.reward is not None][-self.population :]
        if len(alive) < self.population:
            return space.sample(random)
        return space.mutate(max(random.sample(alive, self.tournament))[1], random)

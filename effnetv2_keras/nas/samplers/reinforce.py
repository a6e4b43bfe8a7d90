"""REINFORCE on a policy that chooses every axis by itself: the papers' reinforcement learning without a recurrent net.

Source: Williams 1992, with a moving average of the rewards as the baseline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.space import SearchSpace, axis_name
from effnetv2_keras.nas.trial import Trial

Logits = dict[str, dict[Any, float]]  # of every option of every axis


@dataclass(frozen=True, slots=True)
class Reinforce:
    """Raises the odds of what earned more than usual, on each axis.

    The policy is learnt anew from all finished trials for each proposal. That takes milliseconds, and several workers
    need to share nothing else.

    Attributes:
        rate: of learning, a unit being a reward one standard deviation above the baseline.
        memory: of the baseline: how much of it stays with each trial.
        warm_up: trials drawn at random before the policy chooses.
    """

    rate: float = 0.3
    memory: float = 0.9
    warm_up: int = 10

    def __call__(self, space: SearchSpace, trials: Sequence[Trial], random: Random) -> Point:
        """Returns the next network."""
        if sum(trial.reward is not None for trial in trials) < self.warm_up:
            return space.sample(random)
        logits = self.learn(space, trials)
        return space.point({axis: _draw(options, random) for axis, options in logits.items()})

    def learn(self, space: SearchSpace, trials: Sequence[Trial]) -> Logits:
        """Returns the logits of the policy after `trials`, in their order."""
        stages = range(len(space.layers))
        logits: Logits = {
            axis_name(stage, name): dict.fromkeys(options, 0.0)
            for stage in stages
            for name, options in space.options(stage).items()
        }
        baseline, spread = None, 0.0
        for trial in trials:
            if trial.reward is None:
                continue
            if baseline is None:
                baseline = trial.reward
            advantage = trial.reward - baseline
            baseline += (1 - self.memory) * advantage
            spread = self.memory * spread + (1 - self.memory) * advantage**2
            step = self.rate * advantage / math.sqrt(spread) if spread > 0 else 0.0
            for axis, value in space.values(trial.point).items():
                odds = _odds(logits[axis])
                for option in odds:
                    logits[axis][option] += step * ((option == value) - odds[option])
        return logits


def _odds(logits: dict[Any, float]) -> dict[Any, float]:
    top = max(logits.values())
    weights = {option: math.exp(logit - top) for option, logit in logits.items()}
    total = sum(weights.values())
    return {option: weight / total for option, weight in weights.items()}


def _draw(logits: dict[Any, float], random: Random) -> Any:
    odds = _odds(logits)
    return random.choices(list(odds), list(odds.values()))[0]

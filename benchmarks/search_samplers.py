"""What samplers find for the same number of trials: on networks that were all trained, and on a made-up reward."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from random import Random

from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.reward import Reward
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.study import DRAWS, PROPOSERS
from effnetv2_keras.nas.trial import Trial


def rewards_of(cells: Mapping[str, dict], reference: str) -> dict[Point, float]:
    """Returns what every network earns, with the times and parameters over those of `reference`."""
    base = cells[reference]
    return {
        Point.parse(name): Reward().of(
            cell["accuracy"],
            cell["step_seconds"] / base["step_seconds"],
            cell["parameters"] / base["parameters"],
        )
        for name, cell in cells.items()
    }


def nearness(space: SearchSpace, seed: int) -> Callable[[Point], float]:
    """Returns a reward whose best network is hidden: the share of the axes that agree with it."""
    hidden = space.values(space.sample(Random(f"hidden {seed}")))
    return lambda point: sum(value == hidden[axis] for axis, value in space.values(point).items()) / len(hidden)


def search(space: SearchSpace, reward: Callable[[Point], float], sampler: str, budget: int, seed: int) -> float:
    """Returns the best reward of `budget` trials, none of a network that was tried."""
    random = Random(f"{sampler} {seed}")
    trials: list[Trial] = []
    while len(trials) < budget:
        tried = {trial.point for trial in trials}
        for _ in range(DRAWS):
            point = PROPOSERS[sampler](space, trials, random)
            if point not in tried:
                break
        trials.append(Trial(point, reward(point)))
    return max(trial.reward or 0.0 for trial in trials)


def compare(
    space: SearchSpace, reward_of: Callable[[int], Callable[[Point], float]], budgets: Sequence[int], seeds: int
) -> list[dict]:
    """Returns a row a budget and sampler: the best reward's mean and spread over the seeds.

    Args:
        space: to search.
        reward_of: gives the reward of each seed.
        budgets: numbers of trials.
        seeds: how many.
    """
    rows = []
    for budget in budgets:
        for sampler in PROPOSERS:
            best = [search(space, reward_of(seed), sampler, budget, seed) for seed in range(seeds)]
            rows.append(
                {
                    "budget": budget,
                    "sampler": sampler,
                    "seeds": seeds,
                    "best_reward": statistics.mean(best),
                    "spread": statistics.stdev(best) if seeds > 1 else 0.0,
                }
            )
    return rows


def markdown(rows: Sequence[dict], best: float) -> str:
    """Returns the table; `best` is the best reward there is."""
    lines = [
        "| trials | sampler | seeds | best reward | +- | of the best there is |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['budget']} | {row['sampler']} | {row['seeds']} | {row['best_reward']:.4f} | {row['spread']:.4f} "
        f"| {row['best_reward'] / best:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)

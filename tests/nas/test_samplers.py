"""Samplers against a reward whose best network is known: a point in hiding, the nearer the better."""

from random import Random

import pytest

from effnetv2_keras.configs import get_config
from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.samplers.evolution import Evolution
from effnetv2_keras.nas.samplers.proposer import propose_random
from effnetv2_keras.nas.samplers.reinforce import Reinforce
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.trial import Trial

SPACE = SearchSpace(get_config("efficientnetv2-b0"))
BUDGET = 100
SEEDS = range(10)


def nearness(point, hidden):
    """Returns 0.5 to 0.9 by how many axes agree; numbers of layers count the more the nearer they are."""
    axes = SPACE.values(hidden)
    alike = sum(
        1 - abs(value - axes[axis]) / 16 if axis.endswith("layers") else value == axes[axis]
        for axis, value in SPACE.values(point).items()
    )
    return 0.5 + 0.4 * alike / len(axes)


def search(propose, seed, budget=BUDGET):
    hidden = SPACE.sample(Random(1000 + seed))
    random, trials = Random(seed), []
    for _ in range(budget):
        point = propose(SPACE, trials, random)
        SPACE.check(point)
        trials.append(Trial(point, nearness(point, hidden)))
    return trials


def best(trials):
    return max(trial.reward for trial in trials)


@pytest.mark.parametrize("propose", [Evolution(), Reinforce()], ids=["evolution", "reinforce"])
def test_it_beats_random_search_at_equal_budget(propose):
    wins = sum(best(search(propose, seed)) > best(search(propose_random, seed)) for seed in SEEDS)
    assert wins >= 9, f"{wins} of {len(SEEDS)} seeds"


def test_evolution_lets_the_oldest_die():
    hidden = Point.parse("f3e1x1 f3e4x2 f3e4x2 m3e4x3 m3e6x5 m3e6x8")
    old = Trial(hidden, 1.0)
    young = [Trial(SPACE.sample(Random(seed)), 0.1) for seed in range(5)]
    evolve = Evolution(population=5, tournament=5)
    children = [evolve(SPACE, [old, *young], Random(seed)) for seed in range(20)]
    parents = [SPACE.values(trial.point) for trial in young]
    for child in map(SPACE.values, children):
        assert min(sum(child[axis] != parent[axis] for axis in child) for parent in parents) == 1


def test_reinforce_learns_the_odds_that_a_recomputation_by_hand_gives():
    space = SearchSpace(get_config("efficientnetv2-b0"), layers=((1,),) * 6, kernels=(3,), expansions=(4,))
    first, second = (space.sample(Random(seed)) for seed in (0, 3))
    assert first.genes[0].operator != second.genes[0].operator
    logits = Reinforce(rate=0.5, memory=0.9).learn(space, [Trial(first, 0.5), Trial(second, 0.7)])
    # the second is 0.2 above the baseline of 0.5; the spread is sqrt(0.1 * 0.2^2); both options had odds of one half
    step = 0.5 * 0.2 / (0.1 * 0.2**2) ** 0.5
    chosen, other = second.genes[0].operator, first.genes[0].operator
    assert logits["stage1.operator"][chosen] == pytest.approx(0.5 * step)
    assert logits["stage1.operator"][other] == pytest.approx(-0.5 * step)


@pytest.mark.parametrize("propose", [Evolution(4, 2), Reinforce(warm_up=3), propose_random])
def test_trials_without_a_reward_teach_nothing(propose):
    trials = search(propose_random, 0, 12)
    with_given_up = [half for trial in trials for half in (trial, Trial(SPACE.sample(Random(99)), None))]
    assert propose(SPACE, with_given_up, Random(5)) == propose(SPACE, trials, Random(5))

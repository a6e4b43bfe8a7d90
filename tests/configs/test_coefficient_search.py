import pytest

from effnetv2_keras.configs import ModelConfig, Stage, search_coefficients
from effnetv2_keras.errors import UsageError

BASELINE = ModelConfig("tiny", (Stage("mbconv", 3, 2, 4, 32, 3),), stem=32, head=64, eval_size=64)


def prefer_published(config):
    """Scores highest where alpha is 1.2, beta 1.1 and gamma 1.15."""
    return 1.0 if config.name.endswith("-a1.2-b1.1-g1.15") else 0.0


def test_finds_what_the_score_prefers():
    found = search_coefficients(prefer_published, config=BASELINE)
    assert (found.best.depth, found.best.width, found.best.resolution) == (1.2, 1.1, 1.15)


def test_every_trial_costs_the_budget():
    found = search_coefficients(lambda config: 0.0, 2.0, config=BASELINE, step=0.1)
    triples = {(t.factors.depth, t.factors.width, t.factors.resolution) for t in found.trials}
    assert {(2.0, 1.0, 1.0), (1.0, 1.4, 1.0), (1.0, 1.0, 1.4), (1.2, 1.3, 1.0)} <= triples
    assert all(1.9 <= alpha * beta**2 * gamma**2 <= 2.1 for alpha, beta, gamma in triples)


def test_equal_networks_are_evaluated_once():
    seen = []
    search_coefficients(lambda config: seen.append(config.replace(name="", source="")) or 0.0, config=BASELINE)
    assert len(seen) == len(set(seen))


def test_a_score_that_is_not_a_number_ranks_last():
    found = search_coefficients(lambda config: float("nan") if config.stages[0].layers == 6 else -5.0, config=BASELINE)
    assert found.trials[0].score == -5.0
    assert found.trials[-1].score != found.trials[-1].score


def test_prints_a_table_best_first():
    lines = str(search_coefficients(prefer_published, config="efficientnet-b0")).splitlines()
    assert lines[0].split() == ["rank", "network", "alpha", "beta", "gamma", "alpha*beta^2*gamma^2", "GMACs", "score"]
    assert lines[1].split() == [
        *("1", "efficientnet-b0-a1.2-b1.1-g1.15", "1.20", "1.10", "1.15", "1.920", "0.860", "1.0000"),
    ]


def test_a_tolerance_that_lets_nothing_through_is_refused():
    with pytest.raises(UsageError, match=r"`tolerance` must let a point of the grid through"):
        search_coefficients(lambda config: 0.0, config=BASELINE, tolerance=1e-6, step=0.3)

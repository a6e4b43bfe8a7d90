"""The grid search for the coefficients of compound scaling, for a user's own baseline."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from effnetv2_keras.configs.compound import Factors
from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.registry import resolve_config
from effnetv2_keras.configs.rules import check_above_zero, check_at_least
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.table import aligned
from effnetv2_keras.errors import UsageError


@dataclass(frozen=True, slots=True)
class Trial:
    """One point of the grid: alpha is `factors.depth`, beta `factors.width`, gamma `factors.resolution`.

    Attributes:
        factors: what the baseline was multiplied by.
        config: the scaled network.
        macs: its multiply-adds at its `eval_size`.
        score: what `evaluate` gave it.
    """

    factors: Factors
    config: ModelConfig
    macs: int
    score: float


@dataclass(frozen=True, slots=True)
class CoefficientSearch:
    """All trials, best first; `print` shows them as a table.

    Attributes:
        trials: one a point of the grid.
    """

    trials: tuple[Trial, ...]

    @property
    def best(self) -> Factors:
        """The factors with the highest score: pass them to `compound` as alpha, beta and gamma."""
        return self.trials[0].factors

    def __str__(self) -> str:
        header = ("rank", "network", "alpha", "beta", "gamma", "alpha*beta^2*gamma^2", "GMACs", "score")
        rows = [
            (
                str(rank),
                trial.config.name,
                f"{trial.factors.depth:.2f}",
                f"{trial.factors.width:.2f}",
                f"{trial.factors.resolution:.2f}",
                f"{trial.factors.macs:.3f}",
                f"{trial.macs / 1e9:.3f}",
                f"{trial.score:.4f}",
            )
            for rank, trial in enumerate(self.trials, start=1)
        ]
        return aligned([header, *rows])


def search_coefficients(
    evaluate: Callable[[ModelConfig], float],
    budget: float = 2.0,
    *,
    config: str | os.PathLike[str] | ModelConfig = "efficientnet-b0",
    tolerance: float = 0.1,
    step: float = 0.05,
) -> CoefficientSearch:
    """Evaluates every alpha, beta, gamma on a grid whose cost is the budget, and ranks them.

    Rounding makes some of these networks equal; each is evaluated once.

    Args:
        evaluate: gives a scaled network its score; higher is better. It may train, or measure, or look up.
        budget: how many times the baseline's multiply-adds, at least 1; 2 in the paper.
        config: the baseline: a name, a YAML file or a `ModelConfig`.
        tolerance: how far alpha * beta^2 * gamma^2 may be from `budget`. The published triple gives 1.92.
        step: between the values of each coefficient, from 1 up; above 0.

    Returns:
        A `CoefficientSearch`; `.best` are the coefficients with the highest score.

    Raises:
        UsageError: if no point of the grid is within the tolerance, `budget` or `step` is out of its range, or there is
            no such baseline.

    Source: Tan & Le 2019, section 4, step 1.
    """
    check_at_least("budget", budget, 1, whole=False)
    baseline = resolve_config(config)
    found = [factors for factors in grid(budget, step) if abs(factors.macs - budget) <= tolerance]
    if not found:
        raise UsageError(f"`tolerance` must let a point of the grid through (step {step:g}). Got: {tolerance:g}.")
    scores: dict[ModelConfig, float] = {}
    trials = [_try(evaluate, baseline, factors, scores) for factors in found]
    trials.sort(key=lambda trial: -math.inf if math.isnan(trial.score) else trial.score, reverse=True)
    return CoefficientSearch(tuple(trials))


def grid(budget: float, step: float) -> Iterator[Factors]:
    """Yields every triple of multiples of `step` from 1 up that a single factor could spend `budget` on.

    Raises:
        UsageError: if `step` is not a finite number above 0.
    """
    check_above_zero("step", step)
    values = [round(1 + step * i, 6) for i in range(int((budget - 1) / step) + 2)]
    for alpha in values:
        for beta in values:
            for gamma in values:
                yield Factors(alpha, beta, gamma)


def _try(
    evaluate: Callable[[ModelConfig], float], baseline: ModelConfig, factors: Factors, scores: dict[ModelConfig, float]
) -> Trial:
    name = f"{baseline.name}-a{factors.depth:g}-b{factors.width:g}-g{factors.resolution:g}"
    config = factors.apply(baseline, name=name)
    nameless = config.replace(name="", source="")
    if nameless not in scores:
        scores[nameless] = float(evaluate(config))
    return Trial(factors, config, profile(config).total.macs, scores[nameless])

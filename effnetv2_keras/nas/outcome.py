"""What a search knows so far: a row a trial, and what is read off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.trial import TrialState

from effnetv2_keras.files.table import write_table
from effnetv2_keras.nas.funnel import Facts
from effnetv2_keras.nas.pareto import pareto_front
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.study import BY, FACTS, WHY, has_point, point_of, reward_of
from effnetv2_keras.nas.worker import ACCURACY

FIELDS = (
    *("trial", "sampler", "network", "state", "reward", "accuracy"),
    *("time", "parameters", "macs", "activations", "note"),
)
STATES = {
    TrialState.COMPLETE: "trained",
    TrialState.PRUNED: "given up",
    TrialState.RUNNING: "under way",
    TrialState.WAITING: "waiting",
    TrialState.FAIL: "failed",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A trial as a user sees it.

    Attributes:
        number: in the order of their beginning, 0-based.
        sampler: that proposed it.
        network: the point as text.
        state: one of `STATES`.
        reward: the last one known, None before the first.
        accuracy: the last one known, in [0, 1].
        facts: None before they were looked at.
        note: why it was given up.
    """

    number: int
    sampler: str
    network: str
    state: str
    reward: float | None
    accuracy: float | None
    facts: Facts | None
    note: str


def read_rows(study: optuna.Study, space: SearchSpace) -> list[Row]:
    """Returns a row a trial, in the order in which they began."""
    return [
        Row(
            trial.number,
            trial.user_attrs.get(BY, ""),
            str(point_of(trial, space)) if has_point(trial, space) else "",
            STATES[trial.state],
            trial.value if trial.value is not None else reward_of(trial),
            trial.user_attrs.get(ACCURACY),
            Facts(**trial.user_attrs[FACTS]) if FACTS in trial.user_attrs else None,
            (trial.user_attrs.get(WHY, "").strip().splitlines() or [""])[-1],
        )
        for trial in study.get_trials(deepcopy=False)
    ]


def trained(rows: Sequence[Row]) -> list[Row]:
    """Returns the trials that were trained to their end, the best first."""
    done = [row for row in rows if row.state == "trained" and row.reward is not None]
    return sorted(done, key=lambda row: -(row.reward or 0.0))


def front(rows: Sequence[Row]) -> list[Row]:
    """Returns the trained networks that no other beats in accuracy, time and parameters at once."""
    known = [row for row in trained(rows) if row.facts and row.accuracy is not None]
    values = [(row.accuracy or 0.0, -row.facts.time, -float(row.facts.parameters)) for row in known if row.facts]
    return [known[at] for at in pareto_front(values)]


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Writes the trials as a CSV table."""
    write_table(path, FIELDS, (_cells(row) for row in rows))


def _cells(row: Row) -> tuple[str, ...]:
    facts = row.facts
    known: tuple[object, ...] = ("", "", "", "")
    if facts is not None:
        known = (f"{facts.time:.4f}", facts.parameters, facts.macs, facts.activations)
    numbers = ("" if value is None else f"{value:.6f}" for value in (row.reward, row.accuracy))
    return tuple(map(str, (row.number, row.sampler, row.network, row.state, *numbers, *known, row.note)))

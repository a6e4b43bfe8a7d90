"""The trials of a search, kept by Optuna: a journal file on one computer, a database for many."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from effnetv2_keras.errors import UsageError
from effnetv2_keras.nas.point import Point
from effnetv2_keras.nas.samplers.evolution import Evolution
from effnetv2_keras.nas.samplers.proposer import Propose, propose_random
from effnetv2_keras.nas.samplers.reinforce import Reinforce
from effnetv2_keras.nas.settings import SearchSettings
from effnetv2_keras.nas.space import AXES, SearchSpace, axis_name
from effnetv2_keras.nas.trial import Trial

try:
    import optuna
    from optuna.trial import FrozenTrial, TrialState
except ImportError as missing:  # pragma: no cover
    raise UsageError("A search needs Optuna: pip install 'effnetv2_keras[nas]'.") from missing

NAME = "search"
PROPOSERS: dict[str, Propose] = {"random": propose_random, "evolution": Evolution(), "reinforce": Reinforce()}
DRAWS = 100  # proposals until one is new
THEIR_DRAWS = 5  # of them by a sampler of Optuna, which may be sure of one network; the others are random
NSGA2_POPULATION = 10  # a generation: most trials are ended early and never parents, so it has to be small
# what is noted with a trial
SEEN, BY, FACTS, WHY, RETRY_OF = "last_seen", "sampler", "facts", "gave_up", "retry_of"
ABOUT = "about"  # what is noted with the study


def open_study(storage: str, settings: SearchSettings, space: SearchSpace, about: dict[str, Any]) -> optuna.Study:
    """Opens or begins the study in `storage`.

    Args:
        storage: the path of a journal file, or the URL of a database as SQLAlchemy reads it.
        settings: of the search.
        space: to sample from.
        about: what has to be equal for trials to be comparable, by name.

    Raises:
        UsageError: if the study there was made with something else; the sentence names what differs.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = Proposed(settings, space)
    study = optuna.create_study(
        study_name=NAME,
        storage=_storage(storage),
        sampler=sampler,
        pruner=optuna.pruners.HyperbandPruner(min_resource=1, max_resource=settings.epochs, reduction_factor=3),
        direction="maximize",
        load_if_exists=True,
    )
    sampler.whole = study
    before, now = study.user_attrs.get(ABOUT), json.loads(json.dumps(about))  # as it comes back from the storage
    if before is None:
        study.set_user_attr(ABOUT, now)
    elif before != now:
        differ = [
            f"{name} was {before.get(name)!r} and is {now.get(name)!r}"
            for name in sorted({*before, *now})
            if before.get(name) != now.get(name)
        ]
        raise UsageError(f"Trials of one search must be comparable. In {storage}: {'; '.join(differ)}.")
    return study


def _storage(storage: str) -> Any:
    if "://" in storage:
        from sqlalchemy.pool import NullPool

        # a connection an access: one that is idle during a training may be cut, and a server has few for many workers
        return optuna.storages.RDBStorage(storage, engine_kwargs={"poolclass": NullPool})
    from optuna.storages.journal import JournalFileBackend

    Path(storage).parent.mkdir(parents=True, exist_ok=True)
    return optuna.storages.JournalStorage(JournalFileBackend(storage))


class Proposed(optuna.samplers.BaseSampler):
    """Lets a sampler of ours, or one of Optuna's, choose; never a network that was tried, where it finds another.

    Attributes:
        whole: the study with all its trials. Optuna shows a sampler those of the trial's Hyperband bracket only.
    """

    def __init__(self, settings: SearchSettings, space: SearchSpace) -> None:
        self.settings = settings
        self.space = space
        self.whole: optuna.Study | None = None

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, Any]:
        """Returns every axis of the space."""
        return distributions(self.space)

    def sample_relative(self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, Any]) -> dict[str, Any]:
        """Returns the value of every axis of the next network."""
        study = self.whole or study
        tried = study.get_trials(deepcopy=False)
        points = {str(point_of(one, self.space)) for one in tried if has_point(one, self.space)}
        random = Random(f"{self.settings.seed} {trial.number}")
        name = sampler_of(trial.number, self.settings)
        over = finished(tried, self.space)
        choices = {axis: options for axis, options in search_space.items() if not options.single()}
        theirs = OPTUNA[name](random.randrange(2**32)) if name in OPTUNA else None
        values: dict[str, Any] = {}
        for draw in range(DRAWS):
            values = self.space.values(PROPOSERS.get(name, propose_random)(self.space, over, random))
            if theirs is not None and draw < THEIR_DRAWS:  # they leave out what is to be drawn at random
                values |= theirs.sample_relative(study, trial, choices)
            if str(self.space.point(values)) not in points:
                break
        return values

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: Any
    ) -> Any:
        """Is never asked: every axis is chosen at once."""
        raise NotImplementedError(param_name)


# made anew for each proposal, so that two workers do not draw the same
OPTUNA: dict[str, Callable[[int], Any]] = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True),
    "nsga2": lambda seed: optuna.samplers.NSGAIISampler(seed=seed, population_size=NSGA2_POPULATION),
}


def sampler_of(number: int, settings: SearchSettings) -> str:
    """Returns the sampler that proposes trial `number`."""
    return "random" if settings.is_random(number) else settings.sampler


def distributions(space: SearchSpace) -> dict[str, Any]:
    """Returns the axes of `space` as Optuna knows them."""
    return {
        axis_name(stage, axis): optuna.distributions.CategoricalDistribution(options)
        for stage in range(len(space.layers))
        for axis, options in space.options(stage).items()
    }


def point_of(trial: FrozenTrial, space: SearchSpace) -> Point:
    """Returns the network of a trial."""
    return space.point(trial.params)


def has_point(trial: FrozenTrial, space: SearchSpace) -> bool:
    """Returns whether every axis is chosen; another worker's trial is seen before it is, for a moment."""
    return len(trial.params) == len(AXES) * len(space.layers)


def finished(trials: list[FrozenTrial], space: SearchSpace) -> list[Trial]:
    """Returns the trials that came to an end, in the order in which they began.

    One that Hyperband ended has the reward of its last epoch.
    """
    over = (TrialState.COMPLETE, TrialState.PRUNED)
    return [
        Trial(point_of(trial, space), reward_of(trial))
        for trial in trials
        if trial.state in over and has_point(trial, space)
    ]


def reward_of(trial: FrozenTrial) -> float | None:
    """Returns the last reward that was reported, None where there was none."""
    return trial.intermediate_values[max(trial.intermediate_values)] if trial.intermediate_values else None


@dataclass(frozen=True, slots=True)
class Lease:
    """A trial whose worker was not heard of for so long is taken from it and put back in the queue.

    The last sign of life is noted with the trial itself, so that it holds for every kind of storage.

    Attributes:
        seconds: without a sign of life.
        most: workers that may be lost with the same network before it is taken for what kills them.
    """

    seconds: float = 60.0
    most: int = 3

    def sign(self, trial: optuna.Trial) -> None:
        """Notes that the trial's worker is alive."""
        trial.set_user_attr(SEEN, time.time())

    def reap(self, study: optuna.Study, say: Callable[[str], None] = lambda text: None) -> int:
        """Puts trials of dead workers back in the queue; returns how many."""
        count = 0
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            began = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
            if time.time() - trial.user_attrs.get(SEEN, began) < self.seconds:
                continue
            try:
                study.tell(trial.number, state=TrialState.FAIL)
            except (ValueError, RuntimeError, optuna.exceptions.UpdateFinishedTrialError):
                continue  # another worker was first
            count += 1
            if trial.params and times_failed(study, trial.params) >= self.most:
                say(f"trial {trial.number} lost its worker; its network is given up, {self.most} workers were lost")
                continue
            if trial.params:
                study.enqueue_trial(trial.params, user_attrs={RETRY_OF: trial.number, BY: trial.user_attrs.get(BY)})
            say(f"trial {trial.number} lost its worker; its network is tried again")
        return count


def times_failed(study: optuna.Study, params: dict[str, Any]) -> int:
    """Returns how many trials of a network failed."""
    failed = study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
    return sum(trial.params == params for trial in failed)

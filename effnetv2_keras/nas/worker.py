"""One worker of a search: takes a network, tries it, tells what it earned, until enough were tried."""

from __future__ import annotations

import dataclasses
import os
import platform
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import optuna
from optuna.trial import TrialState

from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.errors import UsageError
from effnetv2_keras.nas.funnel import Funnel, GaveUp
from effnetv2_keras.nas.proxy import Proxy
from effnetv2_keras.nas.settings import NEUTRAL, SearchSettings, read_settings
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.spaces import resolve_space
from effnetv2_keras.nas.study import (
    BY,
    FACTS,
    WHY,
    Lease,
    distributions,
    open_study,
    point_of,
    sampler_of,
)
from effnetv2_keras.runs.environment import environment

MOST_ERRORS = 3  # in a row, then it is not the networks
# trials after which a worker begins anew: TensorFlow keeps what it has compiled, 85 MB a network as wide as B0
RENEW_AFTER = 20
POLL = 1.0  # seconds between looks at the trials of others
ACCURACY = "accuracy"


def make_funnel(settings: SearchSettings, space: SearchSpace) -> Funnel:
    """Opens the data of a search and makes ready what its networks go through.

    Raises:
        DataError: if the data cannot be used, see `open_source`.
        UsageError: if a setting of the data is out of its range.
    """
    source = open_source(
        settings.data, validation=settings.validation, seed=settings.seed, max_per_class=settings.max_per_class
    )
    proxy = Proxy(source, settings.image_size, settings.epochs, settings.batch_size, settings.seed)
    return Funnel(proxy, settings, space.backbone)


def about(settings: SearchSettings, space: SearchSpace, funnel: Funnel) -> dict[str, Any]:
    """Returns what has to be equal for trials to be comparable."""
    plain = {name: value for name, value in dataclasses.asdict(settings).items() if name not in NEUTRAL}
    source, machine = funnel.proxy.source, environment()
    return plain | {
        "networks": f"{space.size()} of {space.backbone.name}",
        "images": f"{len(source.train)} and {len(source.validation)} of {source.num_classes} classes",
        "machine": f"{machine['cpu']}; {machine['gpu']}; {platform.machine()}",
        "tensorflow": machine["tensorflow"],
        "keras": machine["keras"],
    }


def work(
    out: Path,
    storage: str,
    lease: Lease,
    say: Callable[[str], None] = print,
    after_trial: Callable[[], None] = lambda: None,
    most: int | None = None,
) -> bool:
    """Tries networks until the search has as many trials as it asks for; returns whether it has.

    Args:
        out: the search's folder.
        storage: see `open_study`.
        lease: of the trials.
        say: is told what happens.
        after_trial: is called after each.
        most: trials after which the worker ends all the same.

    Raises:
        DataError: if the search's settings are damaged, or its data cannot be used, see `open_source`.
        UsageError: if a setting of the data is out of its range, or the study in `storage` is of another search.
    """
    settings = read_settings(out / "search.yaml")
    space = resolve_space(settings.space)
    funnel = make_funnel(settings, space)
    study = open_study(storage, settings, space, about(settings, space, funnel))
    tried = 0
    while most is None or tried < most:
        lease.reap(study, say)
        trials = study.get_trials(deepcopy=False)
        waiting = [trial for trial in trials if trial.state == TrialState.WAITING]
        begun = [trial for trial in trials if trial.state not in (TrialState.WAITING, TrialState.FAIL)]
        if not waiting and len(begun) >= settings.trials:
            if all(trial.state != TrialState.RUNNING for trial in begun):
                return True
            time.sleep(min(POLL, lease.seconds / 4))  # a worker may die yet, and its trial has to be tried again
            continue
        trial = study.ask(distributions(space))
        trial.set_user_attr(BY, trial.user_attrs.get(BY) or sampler_of(trial.number, settings))
        with _signs_of_life(lease, trial):
            _try(study, trial, space, funnel, say)
        keras.backend.clear_session()
        after_trial()
        tried += 1
    return False


def best_reward(study: optuna.Study) -> float | None:
    """Returns the best reward of the trials that were trained to their end."""
    rewards = [trial.value for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))]
    return max((reward for reward in rewards if reward is not None), default=None)


def _try(
    study: optuna.Study, trial: optuna.Trial, space: SearchSpace, funnel: Funnel, say: Callable[[str], None]
) -> None:
    point = point_of(trial, space)  # type: ignore[arg-type]
    config = space.config(point)
    say(f"trial {trial.number}: {point}")

    def told(epoch: int, reward: float) -> bool:
        trial.report(reward, epoch)
        return epoch >= funnel.settings.epochs or not trial.should_prune()

    try:
        facts = funnel.facts_of(config)
        classifier = funnel.proxy.classifier(config)
        facts = funnel.timed_facts(facts, classifier, best_reward(study))
        trial.set_user_attr(FACTS, dataclasses.asdict(facts))
        accuracy, reward = funnel.train(classifier, facts, told)
    except GaveUp as reason:
        trial.set_user_attr(WHY, str(reason))
        study.tell(trial, state=TrialState.PRUNED)
        return
    except Exception as error:
        trial.set_user_attr(WHY, traceback.format_exc(limit=3))
        study.tell(trial, state=TrialState.FAIL)
        if isinstance(error, UsageError) or _only_errors(study):
            raise
        return
    trial.set_user_attr(ACCURACY, accuracy)
    epochs = max(study.get_trials(deepcopy=False)[trial.number].intermediate_values)
    if epochs < funnel.settings.epochs:
        trial.set_user_attr(WHY, f"others were better after {epochs} epoch{'s' * (epochs > 1)}")
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, reward)


def _only_errors(study: optuna.Study) -> bool:
    over = [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
    return len(over) >= MOST_ERRORS and all(
        trial.state == TrialState.FAIL and WHY in trial.user_attrs for trial in over[-MOST_ERRORS:]
    )


@contextmanager
def _signs_of_life(lease: Lease, trial: optuna.Trial) -> Iterator[None]:
    """Signs the lease again and again while the trial is under way."""
    is_over = threading.Event()

    def sign() -> None:
        while True:
            lease.sign(trial)
            if is_over.wait(lease.seconds / 4):
                return

    lease.sign(trial)
    thread = threading.Thread(target=sign, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


if __name__ == "__main__":
    folder, where, seconds, *renew = sys.argv[1:]
    most = int(renew[0]) if renew else RENEW_AFTER
    try:
        if not work(Path(folder), where, Lease(float(seconds)), lambda text: print(text, flush=True), most=most):
            os.execv(sys.executable, [sys.executable, "-m", "effnetv2_keras.nas.worker", *sys.argv[1:]])
    except UsageError as error:
        print(f"effnetv2: {error}", file=sys.stderr)
        sys.exit(error.exit_code)

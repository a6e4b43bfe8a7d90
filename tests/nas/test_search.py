"""A whole search on small photos, with everything real."""

import csv
import subprocess
import sys

import optuna
import pytest
from optuna.trial import TrialState
from small_photos import write_photos
from typer.testing import CliRunner

from effnetv2_keras.cli.main import app
from effnetv2_keras.configs import load_config
from effnetv2_keras.errors import UsageError
from effnetv2_keras.nas.funnel import Funnel, GaveUp
from effnetv2_keras.nas.search import search
from effnetv2_keras.nas.settings import SearchSettings, write_settings
from effnetv2_keras.nas.spaces import resolve_space
from effnetv2_keras.nas.study import NAME, RETRY_OF
from effnetv2_keras.nas.worker import make_funnel

SPACE = """backbone: {model}
layers: [[1], [1, 2]]
kernels: [3]
expansions: [1, 2]
"""
MODEL = """name: mini
stem: 8
head: 16
eval_size: 32
stages:
  - [fused, 3, 2, 2, 8, 1]
  - [mbconv, 3, 2, 2, 16, 1, 0.25]
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    (folder / "mini.yaml").write_text(MODEL)
    (folder / "space.yaml").write_text(SPACE.format(model="mini.yaml"))
    return SearchSettings(
        str(write_photos(folder / "photos", 10)),
        space=str(folder / "space.yaml"),
        sampler="evolution",
        trials=3,
        epochs=1,
        batch_size=8,
        top=1,
        final_size=32,
        final_epochs=1,
        final_seeds=1,
    )


@pytest.fixture(scope="module")
def funnel(settings):
    return make_funnel(settings, resolve_space(settings.space))


def test_a_step_is_timed_and_leaves_the_network_as_it_was(funnel):
    classifier = funnel.proxy.classifier(funnel.reference)
    before = [weight.copy() for weight in classifier.network.get_weights()]
    assert 0 < funnel.proxy.step_seconds(classifier) < 60
    after = classifier.network.get_weights()
    assert all((one == other).all() for one, other in zip(before, after, strict=True))
    assert int(classifier.optimizer.iterations) == 0


def test_a_network_over_the_limits_is_given_up_before_it_is_built(settings):
    space = resolve_space(settings.space)
    tight = make_funnel(SearchSettings(**{**_fields(settings), "max_parameters": 100}), space)
    with pytest.raises(GaveUp, match=r"[\d,]+ parameters, at most 100 allowed"):
        tight.facts_of(space.backbone)


def test_a_network_that_cannot_win_is_given_up_before_it_is_trained(funnel):
    facts = funnel.facts_of(funnel.reference)
    with pytest.raises(GaveUp, match="at most, the best has 9.0000"):
        funnel.timed_facts(facts, funnel.proxy.classifier(funnel.reference), best=9.0)


@pytest.mark.parametrize("timed", [pytest.param("saved_model", marks=pytest.mark.slow), "tflite"])
def test_an_answer_of_what_is_exported_is_timed(settings, timed):
    space = resolve_space(settings.space)
    funnel = make_funnel(SearchSettings(**{**_fields(settings), "timed": timed, "final_size": 96}), space)
    wide = space.backbone.replace(stages=[row.replace(channels=192, expand=6) for row in space.backbone.stages])
    facts = funnel.facts_of(wide)
    assert facts.macs > 50 * funnel.reference_cost.macs
    assert 1.5 < funnel.timed_facts(facts, funnel.proxy.classifier(wide), best=None).time < 500


def test_three_errors_in_a_row_end_a_worker(settings, tmp_path, monkeypatch):
    def broken(*_):
        raise RuntimeError("no space left on the device")

    monkeypatch.setattr(Funnel, "facts_of", broken)
    with pytest.raises(RuntimeError, match="no space left"):
        search(settings, tmp_path / "search", say=lambda text: None)
    trials = optuna.load_study(study_name=NAME, storage=_journal(tmp_path / "search" / "trials.journal")).trials
    assert [trial.state.name for trial in trials] == ["FAIL"] * 3


@pytest.mark.slow
def test_a_search_ends_with_a_model_that_trains_like_any_other(settings, tmp_path):
    out = tmp_path / "search"
    found = search(settings, out, say=lambda text: None)
    assert len(found.rows) == 3
    assert {row.sampler for row in found.rows} <= {"random", "evolution"}
    assert len({row.network for row in found.rows}) == 3
    winner = load_config(out / "winner.yaml")
    assert winner == found.winner
    assert [final.row is None for final in found.finals].count(True) == 1  # the backbone beside
    with (out / "trials.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 3
    assert "## Trained again" in (out / "README.md").read_text()
    run = CliRunner().invoke(app, ["profile", str(out / "winner.yaml")])
    assert run.exit_code == 0, run.output
    # the same again trains nothing twice
    before = (out / "trials.journal").stat().st_size
    again = search(settings, out, say=lambda text: None)
    assert [row.network for row in again.rows] == [row.network for row in found.rows]
    assert (out / "trials.journal").stat().st_size - before < 2000
    with pytest.raises(UsageError, match="holds another search: `epochs` was 1. Got: 2"):
        search(SearchSettings(**{**_fields(settings), "epochs": 2}), out)


@pytest.mark.slow
def test_two_workers_share_the_trials_and_begin_anew_now_and_then(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("effnetv2_keras.nas.search.RENEW_AFTER", 2)
    said = []
    found = search(settings, tmp_path / "search", workers=2, say=said.append)
    assert {line.split(":")[0] for line in said} >= {"trial 0", "trial 1", "trial 2"}
    assert sum(row.state in ("trained", "given up") for row in found.rows) >= 3
    assert not any(row.state == "under way" for row in found.rows)


@pytest.mark.slow
def test_a_worker_killed_with_a_trial_leaves_it_to_the_other(settings, tmp_path):
    out, where, lease = tmp_path / "search", str(tmp_path / "trials.db"), 4.0
    out.mkdir()
    write_settings(out / "search.yaml", SearchSettings(**{**_fields(settings), "trials": 2}))
    command = [sys.executable, "-m", "effnetv2_keras.nas.worker", str(out), f"sqlite:///{where}", str(lease)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in "ab"]
    doomed, other = workers
    begun = next(line for line in doomed.stdout if line.startswith("trial "))
    doomed.kill()
    doomed.wait()
    doomed.stdout.close()
    said, _ = other.communicate(timeout=300)
    assert other.returncode == 0, said
    number = int(begun.split(":")[0].removeprefix("trial "))
    assert f"trial {number} lost its worker; its network is tried again" in said
    trials = optuna.load_study(study_name=NAME, storage=f"sqlite:///{where}").trials
    [again] = [trial for trial in trials if trial.user_attrs.get(RETRY_OF) == number]
    assert [trial.state.name for trial in trials if trial.number == number] == ["FAIL"]
    assert again.state in (TrialState.COMPLETE, TrialState.PRUNED)
    assert again.params == trials[number].params
    assert sum(trial.state.is_finished() for trial in trials) == len(trials) == 3


def _fields(settings):
    return {name: getattr(settings, name) for name in settings.__slots__}


def _journal(path):
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))

"""The trials of a search as Optuna keeps them: proposals, leases, what may be mixed."""

import os
import signal
import subprocess
import sys
import time

import optuna
import pytest
import sqlalchemy
from optuna.trial import TrialState
from postgresql import find_programs, postgresql

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.nas.settings import SearchSettings, from_preset, read_settings, write_settings
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.spaces import resolve_space
from effnetv2_keras.nas.study import RETRY_OF, Lease, distributions, finished, open_study, point_of, sampler_of

SPACE = resolve_space("small")
SETTINGS = SearchSettings("photos", space="small", sampler="evolution", trials=40)

HOLDS_A_TRIAL = """
import sys, time
from effnetv2_keras.nas.settings import SearchSettings
from effnetv2_keras.nas.spaces import resolve_space
from effnetv2_keras.nas.study import Lease, distributions, open_study
space = resolve_space("small")
study = open_study(sys.argv[1], SearchSettings("photos", space="small", sampler="evolution", trials=40), space, {})
trial = study.ask(distributions(space))
Lease(1.0).sign(trial)
print(trial.number, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def server():
    programs = find_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="needs the extra [postgresql]")
    with postgresql(programs) as url:
        yield url


@pytest.fixture(params=["journal", "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def storage(request, tmp_path):
    if request.param == "postgresql":
        return new_database(request.getfixturevalue("server"))
    return str(tmp_path / "trials.journal") if request.param == "journal" else f"sqlite:///{tmp_path}/trials.db"


def new_database(server):
    """Returns the URL of an empty database."""
    name = f"trials{time.monotonic_ns()}"
    engine = sqlalchemy.create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(name=name)


def ask(study):
    return study.ask(distributions(SPACE))


@pytest.mark.parametrize("sampler", ["random", "evolution", "reinforce", "tpe", "nsga2"])
def test_every_sampler_proposes_networks_of_the_space_and_none_twice(sampler, tmp_path):
    settings = SearchSettings("photos", space="small", sampler=sampler)
    study = open_study(str(tmp_path / "trials"), settings, SPACE, {})
    points = []
    for number in range(40):
        trial = ask(study)
        point = point_of(trial, SPACE)
        SPACE.check(point)
        points.append(point)
        study.tell(trial, 0.5 + number % 7 / 20)
    assert len(set(points)) == 40


@pytest.mark.parametrize("sampler", ["evolution", "tpe"])
def test_no_network_is_tried_twice_in_another_bracket_of_hyperband(sampler, tmp_path):
    space = SearchSpace(SPACE.backbone, layers=((1,), (1,), (1,)), kernels=(3,), expansions=(1, 4))
    settings = SearchSettings("photos", sampler=sampler, epochs=9)
    study = open_study(str(tmp_path / "trials"), settings, space, {})
    points = []
    for _ in range(40):
        trial = study.ask(distributions(space))
        points.append(point_of(trial, space))
        trial.report(0.5, 1)
        trial.should_prune()  # the brackets are made here
        study.tell(trial, 0.5)
    assert space.size() == 64
    assert len(set(points)) == 40


def test_nsga2_crosses_the_better_half(tmp_path):
    """What it proposes after three generations has the rewarded operator more often than the half of chance."""
    settings = SearchSettings("photos", space="small", sampler="nsga2", random_share=0.0)
    study = open_study(str(tmp_path / "trials"), settings, SPACE, {})
    shares = []
    for _ in range(60):
        trial = ask(study)
        genes = point_of(trial, SPACE).genes
        shares.append(sum(gene.operator == "fused" for gene in genes) / 3)
        study.tell(trial, shares[-1])
    assert sum(shares[:10]) / 10 < 0.7
    assert sum(shares[-20:]) / 20 > 0.8


def test_a_network_that_kills_every_worker_is_given_up(storage):
    study = open_study(storage, SETTINGS, SPACE, {})
    said, tried = [], []
    for _ in range(3):
        trial = ask(study)
        tried.append(point_of(trial, SPACE))
        Lease(0.0).reap(study, said.append)
    assert len(set(tried)) == 1
    assert said[-1] == "trial 2 lost its worker; its network is given up, 3 workers were lost"
    assert point_of(ask(study), SPACE) != tried[0]


def test_a_fifth_of_the_trials_is_drawn_at_random_as_the_baseline():
    by = [sampler_of(number, SETTINGS) for number in range(40)]
    assert by.count("random") == 8
    assert by[:10].count("random") == 2
    only = SearchSettings("photos", sampler="random")
    assert {sampler_of(number, only) for number in range(9)} == {"random"}


def test_a_study_is_taken_up_with_its_trials(storage):
    study = open_study(storage, SETTINGS, SPACE, {"data": "photos"})
    trial = ask(study)
    trial.report(0.4, 1)
    study.tell(trial, 0.6)
    again = open_study(storage, SETTINGS, SPACE, {"data": "photos"})
    assert [(one.point, one.reward) for one in finished(again.trials, SPACE)] == [(point_of(trial, SPACE), 0.4)]


def test_other_data_or_another_machine_is_refused_by_name(storage):
    open_study(storage, SETTINGS, SPACE, {"data": "photos", "machine": "a", "layers": (1, 2)})
    open_study(storage, SETTINGS, SPACE, {"data": "photos", "machine": "a", "layers": (1, 2)})
    with pytest.raises(UsageError, match=r"comparable\. In .*: data was 'photos' and is 'cars'; machine was 'a'"):
        open_study(storage, SETTINGS, SPACE, {"data": "cars", "machine": "b", "layers": (1, 2)})


def test_the_trial_of_a_killed_worker_is_tried_again_within_its_lease(storage):
    study = open_study(storage, SETTINGS, SPACE, {})
    worker = subprocess.Popen([sys.executable, "-c", HOLDS_A_TRIAL, storage], stdout=subprocess.PIPE, text=True)
    number = int(worker.stdout.readline())
    assert Lease(30.0).reap(study) == 0  # signed just now
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    said = []
    deadline = time.monotonic() + 30
    while not Lease(1.0).reap(study, said.append):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert said == [f"trial {number} lost its worker; its network is tried again"]
    assert not study.get_trials(states=(TrialState.RUNNING,))
    lost = study.trials[number]
    again = ask(study)
    assert lost.state == TrialState.FAIL
    assert again.params == lost.params
    assert again.user_attrs[RETRY_OF] == number
    assert Lease(1.0).reap(study) == 0 or again.number != number


TRIES_EIGHT = """
import sys
from effnetv2_keras.nas.settings import SearchSettings
from effnetv2_keras.nas.spaces import resolve_space
from effnetv2_keras.nas.study import distributions, open_study
space = resolve_space("small")
study = open_study(sys.argv[1], SearchSettings("photos", space="small", sampler="evolution", trials=40), space, {})
for _ in range(8):
    study.tell(study.ask(distributions(space)), 0.5)
"""


def test_two_workers_write_to_one_study(storage):
    study = open_study(storage, SETTINGS, SPACE, {})
    workers = [subprocess.Popen([sys.executable, "-c", TRIES_EIGHT, storage]) for _ in "ab"]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    trials = study.get_trials()
    assert [trial.number for trial in trials] == list(range(16))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}


def test_hyperband_ends_a_trial_that_is_far_behind(tmp_path):
    settings = SearchSettings("photos", space="small", sampler="random", epochs=9)
    study = open_study(str(tmp_path / "trials"), settings, SPACE, {})
    assert isinstance(study.pruner, optuna.pruners.HyperbandPruner)
    ended = 0
    for number in range(30):
        trial = ask(study)
        for epoch in range(1, 10):
            trial.report((0.9 if number < 10 else 0.1) * epoch / 9, epoch)
            if trial.should_prune():
                ended += 1
                study.tell(trial, state=TrialState.PRUNED)
                break
        else:
            study.tell(trial, 0.9 if number < 10 else 0.1)
    assert ended >= 10


def test_settings_come_back_from_their_file(tmp_path):
    settings = from_preset("tiny", data="photos", sampler="tpe", max_macs=5_000_000)
    write_settings(tmp_path / "search.yaml", settings)
    assert read_settings(tmp_path / "search.yaml") == settings
    assert (settings.space, settings.trials, settings.final_size) == ("small", 8, 32)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("data: photos\ntrails: 3\n", "search.yaml: Unknown setting: 'trails'. Nearest: trials."),
        ("trials: 3\n", "search.yaml: `data` must be given. Got: trials."),
        ("data: photos\ntrials: 0\n", "search.yaml: `trials` must be a whole number of at least 1. Got: 0."),
        ("data: photos\n- 3", "search.yaml must be YAML. Got: "),
    ],
)
def test_a_damaged_file_of_settings_is_named(tmp_path, text, sentence):
    (tmp_path / "search.yaml").write_text(text)
    with pytest.raises(DataError) as error:
        read_settings(tmp_path / "search.yaml")
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sampler": "anneal"}, "Unknown sampler: 'anneal'"),
        ({"timed": "onnx"}, "Unknown timed: 'onnx'"),
        ({"trials": 0}, "`trials` must be a whole number of at least 1. Got: 0"),
        ({"random_share": 1.5}, "`random_share` must be at least 0 and at most 1. Got: 1.5"),
        ({"max_step_time": 0}, "`max_step_time` must be a finite number above 0. Got: 0"),
        ({"image_size": 16}, "`image_size` must be a whole number of at least 32. Got: 16"),
    ],
)
def test_a_wrong_setting_is_named(changes, sentence):
    with pytest.raises(UsageError) as error:
        from_preset("tiny", data="photos", **changes)
    assert sentence in str(error.value)


def test_an_unknown_preset_is_named():
    with pytest.raises(UsageError, match="Unknown preset: 'labtop'. Nearest: laptop"):
        from_preset("labtop", data="photos")

"""Versions that come and go, with real models in real folders."""

import shutil
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.export.warmup import WarmupRequest, write_warmup
from effnetv2_keras.serving.loading import VersionLoader
from effnetv2_keras.serving.metrics import Metrics
from effnetv2_keras.serving.model_source import ModelSource, VersionPolicy
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.repository import Repository
from effnetv2_keras.serving.version_state import State

WAIT = 30  # s


@pytest.fixture
def folder(half_plus, tmp_path):
    """A model with versions 1 and 2, of which 2 is the other function."""
    shutil.copytree(half_plus / "half_plus_two" / "123", tmp_path / "m" / "1")
    shutil.copytree(half_plus / "half_plus_three" / "123", tmp_path / "m" / "2")
    return tmp_path / "m"


@pytest.fixture
def repository():
    made = Repository(VersionLoader(Metrics(), threads=1), retries=1, retry_seconds=0)
    yield made
    made.close()


def serve(repository, folder, **settings):
    repository.set_models([ModelSource("m", folder, **settings)])
    repository.refresh()


def ask(repository, version=None, label=None):
    with repository.lease("m", version, label) as servable:
        return servable.run("serving_default", {"x": np.array([2.0], np.float32)})["y"].tolist()


def states(repository):
    return {one.number: one.state for one in repository.status("m")}


def wait_for(condition):
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("policy", "chosen"),
    [
        (VersionPolicy(), [9]),
        (VersionPolicy(latest=2), [5, 9]),
        (VersionPolicy(is_all=True), [1, 5, 9]),
        (VersionPolicy(specific=(1, 5, 7)), [1, 5]),
    ],
)
def test_policies_choose_versions(policy, chosen):
    assert policy.choose([9, 1, 5]) == chosen


def test_only_folders_named_by_a_number_are_versions(tmp_path):
    for name in ("1", "02", ".tmp-3-x", "x4", "-5", "6.0", "7²", "9" * 25):
        (tmp_path / name).mkdir()
    (tmp_path / "8").write_text("a file")
    assert sorted(ModelSource("m", tmp_path, VersionPolicy(is_all=True)).folders()) == [1, 2]


def test_the_latest_version_answers_unless_another_is_named(repository, folder):
    serve(repository, folder, policy=VersionPolicy(is_all=True), labels={"stable": 1})
    assert ask(repository) == ask(repository, version=2) == [4.0]
    assert ask(repository, version=1) == ask(repository, label="stable") == [3.0]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ({"version": 3}, "NOT_FOUND", r"Servable not found for request: Specific\(m, 3\)"),
        ({"label": "nope"}, "INVALID_ARGUMENT", "Unrecognized servable version label: nope"),
        ({"label": "gone"}, "NOT_FOUND", r"Specific\(m, 7\)"),
    ],
)
def test_what_is_not_there_is_refused(repository, folder, words, code, message):
    serve(repository, folder, labels={"gone": 7})
    with pytest.raises(Refusal, match=message) as error:
        ask(repository, **words)
    assert error.value.code == code
    assert repository.unready_labels() == ["m/gone"]


def test_a_new_version_replaces_the_old_one(repository, folder):
    (folder / "2").rename(folder / "aside")
    serve(repository, folder)
    assert ask(repository) == [3.0]
    (folder / "aside").rename(folder / "2")
    repository.refresh()
    assert ask(repository) == [4.0]
    wait_for(lambda: states(repository) == {2: State.AVAILABLE, 1: State.END})


def test_a_version_goes_only_when_its_last_request_is_answered(repository, folder):
    (folder / "2").rename(folder / "aside")
    serve(repository, folder)
    let_go, asked = threading.Event(), []

    def hold():
        with repository.lease("m") as servable:
            let_go.wait(WAIT)
            asked.append(servable.run("serving_default", {"x": np.array([2.0], np.float32)})["y"].tolist())

    thread = threading.Thread(target=hold)
    thread.start()
    wait_for(lambda: repository.status("m")[0].users == 1)
    (folder / "aside").rename(folder / "2")
    repository.refresh()
    assert ask(repository) == [4.0]
    assert states(repository) == {2: State.AVAILABLE, 1: State.UNLOADING}
    let_go.set()
    thread.join()
    assert asked == [[3.0]]
    wait_for(lambda: states(repository)[1] is State.END)


def test_a_version_that_cannot_be_loaded_leaves_the_old_one_in_its_place(repository, folder):
    (folder / "3").mkdir()
    (folder / "3" / "saved_model.pb").write_bytes(b"no model")
    (folder / "2").rename(folder / "aside")
    (folder / "3").rename(folder / "also")
    serve(repository, folder)
    (folder / "also").rename(folder / "3")
    repository.refresh()
    assert ask(repository) == [3.0]
    failed = repository.status("m", 3)[0]
    assert (failed.state, failed.tries) == (State.END, 1)
    assert failed.code != "OK"
    assert str(folder / "3") in failed.message
    for _ in range(5):
        repository.refresh()
    assert failed.tries == 2  # once more, as told, and then no more


def test_a_version_that_failed_is_served_when_it_is_whole(repository, folder):
    whole = folder / "2" / "saved_model.pb"
    kept = whole.read_bytes()
    whole.write_bytes(b"half")
    serve(repository, folder)
    assert states(repository)[2] is State.END
    whole.write_bytes(kept)
    repository.refresh()
    assert states(repository)[2] is State.AVAILABLE


def test_a_disk_that_is_away_takes_no_model_with_it(repository, folder):
    serve(repository, folder)
    folder.rename(folder.with_name("away"))
    repository.refresh()
    assert ask(repository) == [4.0]


def test_a_model_that_is_no_longer_wanted_goes(repository, folder):
    serve(repository, folder)
    repository.set_models([])
    repository.refresh()
    with pytest.raises(Refusal, match=r"Servable not found for request: Latest\(m\)"):
        ask(repository)


def warm_up(folder, value):
    """Writes a warm-up request into a version."""
    tensor = tf.make_tensor_proto(value)
    write_warmup(folder, [WarmupRequest("serving_default", "x", tensor)], "m")


def test_warm_up_requests_that_fail_keep_a_version_from_being_served(repository, folder):
    warm_up(folder / "1", np.ones(1, np.float32))
    warm_up(folder / "2", np.ones(1, np.int32))
    serve(repository, folder, policy=VersionPolicy(is_all=True))
    assert states(repository) == {2: State.END, 1: State.AVAILABLE}
    failed = repository.status("m", 2)[0]
    assert (failed.code, failed.message) == ("INVALID_ARGUMENT", "input tensor x must be of type float. Got: int32")


def test_a_warm_up_file_that_is_cut_off_is_no_warm_up_file(repository, folder):
    warm_up(folder / "2", np.ones(1, np.float32))
    file = folder / "2" / "assets.extra" / "tf_serving_warmup_requests"
    file.write_bytes(file.read_bytes()[:-5])
    serve(repository, folder)
    failed = repository.status("m", 2)[0]
    assert failed.code == "DATA_LOSS"
    assert failed.message.startswith("truncated record at 0")
    assert failed.message.endswith(f"Please verify your warmup data is in TFRecord format: {file}")
    assert "[Op:" not in failed.message

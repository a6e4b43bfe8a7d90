"""What training meets and survives, or refuses in a sentence, with the exit code that belongs to it."""

import csv
import json
import resource
import shutil
import signal

import broken_run
import pytest
from small_photos import write_photos

from effnetv2_keras.report import run_pictures
from effnetv2_keras.runs.history import read_history
from effnetv2_keras.training.checkpoint import Position, load_progress
from effnetv2_keras.training.checkpoint_folder import CheckpointFolder

STEPS = 2  # an epoch: 9 photos in batches of 6


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Twelve photos, of which three are set aside."""
    return write_photos(tmp_path_factory.mktemp("faults") / "photos", 4)


@pytest.fixture(scope="module")
def train_in(cli, photos, tiny_model_file):
    """Trains for two epochs on nine photos, without augmentation, with a checkpoint after every step."""

    def train_in(out, options=""):
        words = f"--model {tiny_model_file} --image-size 32 --batch-size 6 --epochs 2 --randaugment 0 --no-tensorboard"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run_pictures, "draw_run_pictures", lambda *_: None)  # they come after the training
            return cli("train", photos, "--out", out, *f"{words} --checkpoint-every 1 {options}".split())

    return train_in


@pytest.fixture
def train(train_in, tmp_path):
    return lambda options="": train_in(tmp_path / "run", options)


@pytest.fixture
def checkpoints(tmp_path):
    return CheckpointFolder(tmp_path / "run" / "checkpoints", 3)


def refusal(done, code):
    """Returns the sentence of a command that ended with an error."""
    assert done.code == code, done.err + done.out
    assert "Traceback" not in done.err
    (line,) = done.err.splitlines()
    return line.removeprefix("effnetv2: ")


@pytest.mark.parametrize(
    ("moment", "position"),
    [("term:1:1", Position(0, 1)), ("term-validation:1", Position(0, STEPS))],
    ids=["within a step", "within validation"],
)
def test_sigterm_writes_a_checkpoint_and_exits_with_143(train, checkpoints, monkeypatch, tmp_path, moment, position):
    with monkeypatch.context() as armed:
        broken_run.arm(moment, armed.setattr)
        done = train("--checkpoint-every 1h")
    assert done.code == 143
    assert "Stopped. What was trained is kept in" in done.out
    assert load_progress(checkpoints.newest_whole(str)).position == position
    again = train("--checkpoint-every 1h")
    assert again.code == 0
    assert f"going on in epoch 1, after step {position.step} of {STEPS}" in again.out
    rows = read_history(tmp_path / "run" / "history.csv")
    assert [row["epoch"] for row in rows] == [1, 2]
    assert all({"loss", "accuracy", "val_loss", "val_accuracy"} <= set(row) for row in rows)


@pytest.mark.parametrize("moment", ["term-begin", "term-prepare"])
def test_sigterm_before_the_first_step_leaves_nothing_and_exits_with_143(train, checkpoints, monkeypatch, moment):
    broken_run.arm(moment, monkeypatch.setattr)
    done = train()
    assert done.code == 143
    assert done.out.splitlines()[-1] == "Stopped. Nothing was trained yet."
    assert checkpoints.newest_first() == []


@pytest.fixture
def small_disk():
    """Takes back the limit that `broken_run` sets."""
    handler, before = signal.getsignal(signal.SIGXFSZ), resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_stops_it_and_the_checkpoint_before_goes_on(train, checkpoints, monkeypatch, small_disk):
    with monkeypatch.context() as armed:
        broken_run.arm("full:2", armed.setattr)
        done = train()
    small_disk()
    assert refusal(done, 3).startswith("File too large")
    assert load_progress(checkpoints.newest_whole(str)).position == Position(0, 1)
    again = train()
    assert again.code == 0
    assert "going on in epoch 1, after step 1 of 2" in again.out


@pytest.fixture(scope="module")
def first_step(train_in, tmp_path_factory):
    """A run that was broken off after the first step."""
    folder = tmp_path_factory.mktemp("begun") / "run"
    with pytest.MonkeyPatch.context() as armed:
        broken_run.arm("term:1:1", armed.setattr)
        assert train_in(folder).code == 143
    return folder


@pytest.fixture
def begun(first_step, tmp_path):
    """A copy of it."""
    return shutil.copytree(first_step, tmp_path / "run")


def test_other_data_are_refused_and_named(train, begun, photos):
    before = (begun / "settings.yaml").read_bytes()
    more = [photos / "red" / f"new{number}.jpg" for number in range(4)]
    try:
        for path in more:
            shutil.copy(photos / "red" / "00.jpg", path)
        said = refusal(train(), 2)
    finally:
        for path in more:
            path.unlink()
    assert said.startswith(
        f"{begun} holds a run on other data or of another network (train.images: 9 -> 12; "
        "train.classes.red: 3 -> 6; train.sha256: "
    )
    assert (begun / "settings.yaml").read_bytes() == before
    assert (begun / "fingerprint.yaml").read_text().count("images: 9") == 1


def test_another_network_under_the_same_name_is_refused_and_named(train, begun, tiny_model_file):
    before = tiny_model_file.read_text()
    try:
        tiny_model_file.write_text(before.replace("head: 16", "head: 24"))
        said = refusal(train(), 2)
    finally:
        tiny_model_file.write_text(before)
    assert "of another network (network.head: 16 -> 24): take another --out" in said


def test_another_recipe_is_refused_and_named_and_goes_on_where_that_is_allowed(train, begun):
    done = train("--learning-rate 0.005")
    assert "run with other settings (learning_rate.base: " in refusal(done, 2)
    assert "or --allow-config-drift to go on." in refusal(done, 2)
    again = train("--learning-rate 0.005 --allow-config-drift")
    assert again.code == 0
    assert "going on with other settings, as allowed (learning_rate.base: " in again.out
    header, *rows = csv.reader((begun / "drift.csv").read_text().splitlines())
    assert header == ["epoch", "step", "change"]
    assert {tuple(row[:2]) for row in rows} == {("1", "1")}
    assert "base: 0.005" in (begun / "recipe.yaml").read_text()


def test_with_rollbacks_it_goes_on_behind_the_batch(train, monkeypatch, tmp_path):
    broken_run.arm("spoilt:2:1", monkeypatch.setattr)
    done = train("--rollbacks 1 --log-steps")
    assert done.code == 0, done.err
    assert "Got: the loss is nan in epoch 2, step 1." in done.out.replace("\n", " ")
    assert "going back without that batch, 1 of 1" in done.out
    steps = [line.rpartition(",")[0] for line in (tmp_path / "run" / "steps.csv").read_text().splitlines()]
    assert steps == ["epoch,step", "1,1", "1,2", "2,2"]
    assert [row["epoch"] for row in read_history(tmp_path / "run" / "history.csv")] == [1, 2]


def test_a_loss_that_is_no_number_stops_within_a_step_and_names_the_batch(train, checkpoints, photos, tmp_path):
    sentence = refusal(train("--learning-rate 1e38"), 4)
    assert sentence.startswith("Training must keep to finite numbers. Got: ")
    table = tmp_path / "run" / "not_finite.csv"
    rows = table.read_text().splitlines()
    assert rows[0] == "location"
    assert len(rows) == 1 + 6
    assert set(rows[1:]) <= {str(path) for path in photos.rglob("*.jpg")}
    assert f"Its batch was {', '.join(rows[1:4])} and 3 more; all of it is in {table}." in sentence
    assert not (tmp_path / "run" / "result.yaml").exists()
    for path in checkpoints.newest_first():
        assert json.dumps(load_progress(path).rows).count("NaN") == 0

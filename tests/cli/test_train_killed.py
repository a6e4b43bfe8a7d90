"""A run that is killed at any moment and started again ends bit for bit as one that was not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import broken_run
import pytest
from small_photos import write_photos

SAME = ("steps.csv", "history.csv", "best.weights.h5", "last.weights.h5", "result.yaml")
SMALL = "--epochs 2 --mixup 0.2 --dropout 0.1:0.2 --drop-path 0.1 --randaugment 0"
EVERYTHING = "--epochs 3 --mixup 0.2 --dropout 0.1:0.2 --drop-path 0.1 --randaugment 2:4"
STEPS = 6  # an epoch: 24 photos in batches of 4


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Thirty JPEG files."""
    return write_photos(tmp_path_factory.mktemp("killed") / "photos", 10)


@pytest.fixture(scope="session")
def start(photos, tiny_model_file):
    """Starts training in a process of its own, to be broken off at a moment."""

    def start(out, options, moment="never", precision="float32"):
        words = f"train {photos} --model {tiny_model_file} --progressive 32:40/2 --batch-size 4 {options} --out {out}"
        words += " --set optimizer.ema_decay=0.9 --deterministic --log-steps --checkpoint-every 2"
        words += f" --precision {precision}"
        command = [sys.executable, broken_run.__file__, moment, *words.split()]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def end(process, code=0):
    """Waits for the process and returns what it printed."""
    out, errors = process.communicate()
    assert process.returncode == code, errors
    return out


def assert_same(one, other):
    for name in SAME:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert not list(one.rglob(".tmp-*"))


def num_steps(run):
    return len((run / "steps.csv").read_text().splitlines()) - 1


def test_killed_within_an_epoch_it_ends_bit_for_bit_as_if_it_had_not_been(start, tmp_path):
    whole = start(tmp_path / "whole", SMALL)
    end(start(tmp_path / "killed", SMALL, "step:2:3"), -signal.SIGKILL)
    said = end(start(tmp_path / "killed", SMALL))
    assert "going on in epoch 2, after step 2 of 6" in said
    assert "epoch   1/2" not in said
    end(whole)
    assert_same(tmp_path / "killed", tmp_path / "whole")
    assert num_steps(tmp_path / "killed") == 2 * STEPS


@pytest.fixture(scope="session")
def whole(start, tmp_path_factory):
    """Runs that were never broken off, by precision."""
    made: dict[str, Path] = {}

    def whole(precision):
        if precision not in made:
            made[precision] = tmp_path_factory.mktemp("whole") / precision
            end(start(made[precision], EVERYTHING, precision=precision))
        return made[precision]

    return whole


@pytest.mark.slow
@pytest.mark.parametrize(
    ("precision", "moments", "said"),
    [
        ("float32", ["step:1:1"], []),
        ("float32", ["step:2:5"], ["going on in epoch 2, after step 4 of 6"]),
        ("float32", ["writing:2"], ["going on in epoch 1, after step 2 of 6"]),
        ("float32", ["unsigned:3"], ["was not written to its end: removed", "after step 4 of 6"]),
        ("float32", ["committed:1"], ["going on in epoch 2, after step 0 of 6"]),
        ("float32", ["committed:3"], ["all epochs are done"]),
        ("float32", ["validation:2"], ["going on in epoch 2, after step 6 of 6"]),
        ("float32", ["step:1:3", "step:1:4"], ["going on in epoch 1, after step 2 of 6"]),
        ("mixed_bfloat16", ["step:1:3", "step:3:1"], ["going on in epoch 3, after step 0 of 6"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else value,
)
def test_killed_anywhere(start, whole, tmp_path, precision, moments, said):
    run = tmp_path / "run"
    for moment in moments:
        end(start(run, EVERYTHING, moment, precision), -signal.SIGKILL)
    out = end(start(run, EVERYTHING, precision=precision))
    assert [text for text in said if text not in out] == []
    assert_same(run, whole(precision))
    assert num_steps(run) == 3 * STEPS


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "said"), [("term:1:2", "after step 2 of 6"), ("term-validation:1", "step 6 of 6")])
def test_sigterm_costs_not_a_bit(start, whole, tmp_path, moment, said):
    end(start(tmp_path / "run", EVERYTHING, moment), 143)
    assert said in end(start(tmp_path / "run", EVERYTHING))
    assert_same(tmp_path / "run", whole("float32"))


@pytest.mark.slow
def test_a_damaged_checkpoint_costs_not_a_bit(start, whole, tmp_path):
    run = tmp_path / "run"
    end(start(run, EVERYTHING, "step:2:5"), -signal.SIGKILL)
    newest = max((run / "checkpoints").glob("*.npz"))
    os.truncate(newest, newest.stat().st_size // 2)
    out = end(start(run, EVERYTHING))
    assert f"checkpoint {newest.name} is damaged" in out
    assert "using the checkpoint before: epoch-0002-step-000002.npz" in out
    assert_same(run, whole("float32"))

"""Two processes on this machine that train as two machines would."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from small_photos import write_photos

from effnetv2_keras.runs.history import read_history
from effnetv2_keras.runs.run_directory import read_yaml

OPTIONS = "--epochs 4 --batch-size 6 --progressive 32:48/2 --learning-rate 0.02 --randaugment 1:2 --no-tensorboard"
ALIKE = "--dropout 0 --drop-path 0 --set augmentation.parts=2"  # nothing depends on the number of devices
HEARTBEAT = 40  # seconds: a busy machine keeps a worker silent for a while
PATIENCE = 500  # seconds; a few dozen where nothing else runs


@pytest.fixture
def photos(tmp_path):
    """Two classes and a bit: 18 photos to train on, 7 to measure, which two workers share unevenly."""
    write_photos(tmp_path / "photos" / "train", 6)
    write_photos(tmp_path / "photos" / "val", 3, seed=1)
    for extra in sorted((tmp_path / "photos" / "val").rglob("*.*"))[-2:]:
        extra.unlink()
    return tmp_path / "photos"


def free_ports():
    """Returns two ports that nobody listens on."""
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def start(photos, model, out, *more):
    command = [sys.executable, "-m", "effnetv2_keras.cli.main", "train", photos, "--model", model, "--out", out]
    words = [*command, *OPTIONS.split(), *ALIKE.split(), *more]
    (out.parent / "aside").mkdir(exist_ok=True)
    return subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(out.parent / "aside")},
    )


def start_two(photos, model, out, *more):
    workers = ",".join(f"127.0.0.1:{port}" for port in free_ports())
    both = ("--workers", workers, "--heartbeat", str(HEARTBEAT), *more)
    return [start(photos, model, out, *both, "--worker-index", index) for index in range(2)]


def wait_for_epochs(run, count, process):
    until = time.monotonic() + PATIENCE
    while len(read_history(run / "history.csv")) < count:
        assert process.poll() is None, process.stdout.read()[-3000:]
        assert time.monotonic() < until
        time.sleep(0.1)


def losses(run):
    return [(row["loss"], row["val_loss"], row["image_size"]) for row in read_history(run / "history.csv")]


@pytest.mark.slow
def test_a_lost_worker_stops_the_other_and_one_device_goes_on_as_if_nothing_had_been(photos, tiny_model_file, tmp_path):
    whole = start(photos, tiny_model_file, tmp_path / "one")
    chief, other = start_two(photos, tiny_model_file, tmp_path / "two")
    try:
        wait_for_epochs(tmp_path / "two", 1, chief)
        other.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        said = chief.communicate(timeout=PATIENCE)[0]
    finally:
        for process in (chief, other):
            process.kill()
        other.communicate()
    assert chief.returncode == 5, said[-3000:]
    assert time.monotonic() - killed < HEARTBEAT + 200
    assert "effnetv2: All workers must stay to the end; start all of them again" in said
    before = losses(tmp_path / "two")
    assert 1 <= len(before) < 4

    goes_on = start(photos, tiny_model_file, tmp_path / "two")
    said = goes_on.communicate(timeout=PATIENCE)[0]
    assert goes_on.returncode == 0, said[-3000:]
    assert f"going on in epoch {len(before) + 1}, after step 0 of 3" in said
    whole.communicate(timeout=PATIENCE)
    assert whole.returncode == 0
    assert [sizes for *_, sizes in losses(tmp_path / "two")] == [32, 32, 48, 48]
    for ours, theirs in zip(losses(tmp_path / "two"), losses(tmp_path / "one"), strict=True):
        assert ours == pytest.approx(theirs, abs=2e-3)
    assert losses(tmp_path / "two")[: len(before)] == before


@pytest.mark.slow
def test_two_workers_go_to_the_end_and_take_up_a_run_of_one(photos, tiny_model_file, tmp_path):
    begun = start(photos, tiny_model_file, tmp_path / "run")
    wait_for_epochs(tmp_path / "run", 1, begun)
    begun.send_signal(signal.SIGKILL)
    begun.communicate()
    chief, other = start_two(photos, tiny_model_file, tmp_path / "run", "--holdout", "0")
    elsewhere = other.communicate(timeout=PATIENCE)[0]
    said = chief.communicate(timeout=PATIENCE)[0]
    assert (chief.returncode, other.returncode) == (0, 0), said[-2000:] + elsewhere[-2000:]
    assert "going on in epoch" in said
    assert "going on in epoch" in elsewhere  # from the chief's checkpoint, which it was sent
    assert f"wrote {tmp_path}/run/report.html" in said
    assert "wrote" not in elsewhere
    assert len(losses(tmp_path / "run")) == 4
    assert read_yaml(tmp_path / "run" / "result.yaml")["num_validation_images"] == 7
    assert [path for path in (tmp_path / "aside").iterdir() if path.name.startswith("effnetv2-worker-")] == []


@pytest.mark.slow
def test_workers_with_other_photos_refuse_to_begin(photos, tiny_model_file, tmp_path):
    shutil.copytree(photos, tmp_path / "others")
    next((tmp_path / "others" / "train").rglob("*.*")).unlink()
    workers = ",".join(f"127.0.0.1:{port}" for port in free_ports())
    both = ("--workers", workers, "--heartbeat", str(HEARTBEAT))
    chief = start(photos, tiny_model_file, tmp_path / "run", *both, "--worker-index", "0")
    other = start(tmp_path / "others", tiny_model_file, tmp_path / "run", *both, "--worker-index", "1")
    said = other.communicate(timeout=PATIENCE)[0]
    chief.communicate(timeout=PATIENCE)
    assert other.returncode == 3, said
    assert "All workers must have the same data and network. Got: worker 1 has other than the chief." in said
    assert chief.returncode == 5

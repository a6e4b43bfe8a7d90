import hashlib
import socket

import keras
import pytest
import tensorflow as tf

from effnetv2_keras.configs.cluster import Cluster
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import LostWorker, UsageError
from effnetv2_keras.runs.run_directory import RunDirectory
from effnetv2_keras.training.devices import Team, find_team
from effnetv2_keras.training.multi_worker import join
from effnetv2_keras.training.shared_run import files_of, write_files

TWO = Cluster(("127.0.0.1:1", "127.0.0.1:2"), 0)


@pytest.mark.parametrize("devices", [None, "1", "all"])
def test_one_device_needs_no_strategy(devices):
    if tf.config.list_physical_devices("GPU") and devices == "all":
        pytest.skip("there may be several")
    assert find_team(devices, None) == Team()
    assert Team().is_chief
    with Team().at_work():
        assert not tf.distribute.has_strategy()


@pytest.mark.parametrize("index", [0, 1])
def test_a_worker_that_waits_in_vain_gives_up(index):
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in (first, second)]
    absent = addresses[1 - index]
    with pytest.raises(LostWorker, match=f"2 workers must meet within 1 s. Got: nothing from {absent}."):
        join(Cluster(tuple(addresses), index), heartbeat=5, meet=1)


@pytest.mark.parametrize("devices", ["0", "-1", "two", "1.5"])
def test_devices_are_a_number_or_all(devices):
    with pytest.raises(UsageError, match=rf"`devices` must be a number from 1, or 'all'. Got: {devices}\."):
        find_team(devices, None)


def test_a_machine_among_others_has_one_device():
    with pytest.raises(UsageError, match="`devices` must not be given with `workers`: each has one device. Got: 2"):
        find_team("2", TWO)


def test_a_heartbeat_has_a_least_length():
    with pytest.raises(UsageError, match="`heartbeat` must be at least 5 s. Got: 1"):
        find_team(None, TWO, heartbeat=1)


def test_slurm_is_refused_outside_of_it(monkeypatch):
    for name in ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_NODELIST", "SLURM_STEP_TASKS_PER_NODE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="`workers` may be 'slurm' inside `srun` only. Got: "):
        find_team(None, "slurm")


def test_slurm_says_who_the_workers_are(monkeypatch):
    from effnetv2_keras.training.multi_worker import slurm_cluster

    monkeypatch.setenv("SLURM_PROCID", "1")
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "2")
    monkeypatch.setenv("SLURM_STEP_NODELIST", "node[7-8]")
    monkeypatch.setenv("SLURM_STEP_TASKS_PER_NODE", "1(x2)")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert slurm_cluster() == Cluster(("node7:8888", "node8:8888"), 1)


def test_the_processor_is_divided_before_anything_runs():
    tf.zeros(1)
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("devices are GPUs here")
    with pytest.raises(UsageError, match="`devices` must be chosen before TensorFlow begins to work"):
        find_team("2", None)


def test_a_run_is_sent_with_its_newest_whole_checkpoint(tmp_path):
    assert files_of(tmp_path / "none") == b""
    write_files(b"", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    run = RunDirectory(tmp_path / "run")
    run.begin(TrainSettings(data="photos"))
    run.history_file.write_text("epoch,loss\n1,0.5\n")
    (run.path / "report.html").write_text("pictures stay")
    run.checkpoints.mkdir()
    for name in ("epoch-0001-step-000000", "epoch-0002-step-000000"):
        content = name.encode()
        (run.checkpoints / f"{name}.npz").write_bytes(content)
        (run.checkpoints / f"{name}.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  {name}.npz\n")
    write_files(files_of(run.path), tmp_path / "there")
    arrived = {str(path.relative_to(tmp_path / "there")) for path in (tmp_path / "there").rglob("*") if path.is_file()}
    assert arrived == {
        *("settings.yaml", "recipe.yaml", "history.csv"),
        *("checkpoints/epoch-0002-step-000000.npz", "checkpoints/epoch-0002-step-000000.sha256"),
    }
    assert (tmp_path / "there" / "history.csv").read_text() == "epoch,loss\n1,0.5\n"


def test_a_keras_that_trains_by_itself_needs_no_mending():
    from effnetv2_keras.training.multi_worker import check_mended, needs_mending

    class Broken(keras.Sequential):
        def fit(self, *args, **kwargs):
            raise ValueError("in a way of its own")

    strategy = tf.distribute.get_strategy()
    assert needs_mending(strategy) is False
    check_mended(strategy, keras.Sequential)
    with pytest.raises(
        UsageError, match=r"Keras must train on several machines.*fails: ValueError: in a way of its own"
    ):
        check_mended(strategy, Broken)

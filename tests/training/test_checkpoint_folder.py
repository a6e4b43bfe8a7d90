import hashlib
import resource
import signal
import subprocess
from contextlib import contextmanager

import keras
import numpy as np
import pytest
from small_networks import plain_network

from effnetv2_keras.errors import DataError
from effnetv2_keras.training.checkpoint import NotFinite, Position, Progress, load_progress
from effnetv2_keras.training.checkpoint_folder import CheckpointFolder
from effnetv2_keras.training.classifier import Classifier


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    classifier.optimizer.build(classifier.trainable_variables)
    return classifier


@pytest.fixture
def folder(classifier, tmp_path):
    """A folder with checkpoints of epoch 2, steps 1 to 3."""
    folder = CheckpointFolder(tmp_path / "checkpoints", keep=3)
    for step in (1, 2, 3):
        folder.save(classifier, Progress(Position(1, step)))
    return folder


def names(folder):
    return sorted(path.name for path in folder.folder.iterdir())


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # a single bit
    path.write_bytes(data)


def test_the_last_ones_are_kept_each_with_its_sha256(folder, classifier):
    folder.save(classifier, Progress(Position(2, 0)))
    stems = ["epoch-0002-step-000002", "epoch-0002-step-000003", "epoch-0003-step-000000"]
    assert names(folder) == [f"{stem}{end}" for stem in stems for end in (".npz", ".sha256")]
    for stem in stems:
        written = (folder.folder / f"{stem}.sha256").read_text()
        digest = hashlib.sha256((folder.folder / f"{stem}.npz").read_bytes()).hexdigest()
        assert written == f"{digest}  {stem}.npz\n"
        checked = subprocess.run(["sha256sum", "--check", f"{stem}.sha256"], cwd=folder.folder, capture_output=True)
        assert checked.returncode == 0


def test_a_damaged_checkpoint_is_told_of_and_the_one_before_is_used(folder):
    damage(folder.folder / "epoch-0002-step-000003.npz")
    said = []
    assert folder.newest_whole(said.append).name == "epoch-0002-step-000002.npz"
    assert said == [
        "checkpoint epoch-0002-step-000003.npz is damaged: its SHA-256 is not the one that was written down",
        "using the checkpoint before: epoch-0002-step-000002.npz",
    ]


def test_without_a_whole_checkpoint_nothing_begins_in_silence(folder):
    for path in folder.newest_first():
        damage(path)
    with pytest.raises(DataError) as caught:
        folder.newest_whole(str)
    assert str(caught.value) == (
        f"At least one checkpoint in {folder.folder} must be whole: --overwrite begins anew. Got: 3, all damaged."
    )


def test_what_a_killed_process_left_behind_is_cleared_away(folder):
    killed = subprocess.Popen(["true"])
    killed.wait()
    (folder.folder / f".tmp-{killed.pid}-epoch-0002-step-000004.npz").write_bytes(b"PK")
    (folder.folder / "epoch-0002-step-000004.npz").write_bytes(b"PK")  # killed before its SHA-256 was written
    said = []
    assert folder.newest_whole(said.append).name == "epoch-0002-step-000003.npz"
    assert said == ["checkpoint epoch-0002-step-000004.npz was not written to its end: removed"]
    assert len(names(folder)) == 6


def test_an_empty_folder_has_none(tmp_path):
    assert CheckpointFolder(tmp_path / "none", 3).newest_whole(str) is None


def test_what_is_not_finite_is_not_written(folder, classifier):
    bias = classifier.network.layers[-1].bias
    before = names(folder)
    bias.assign([0.0, float("inf"), 0.0])
    with pytest.raises(NotFinite, match=r"bias is not finite"):
        folder.save(classifier, Progress(Position(1, 4)))
    bias.assign([0.0, 0.0, 0.0])
    assert names(folder) == before


def test_history_metrics_and_damaged_files_come_back_exactly(classifier, tmp_path):
    progress = Progress(
        Position(3, 7),
        ({"epoch": 1.0, "loss": 0.1 + 0.2}, {"epoch": 2.0, "loss": 1e-30}),
        (np.float32(0.1), np.arange(6, dtype="float32").reshape(2, 3)),
        20,
        (("a/ü.jpg", "truncated"),),
    )
    path = CheckpointFolder(tmp_path, 1).save(classifier, progress)
    again = load_progress(path)
    assert (again.position, again.rows, again.steps, again.bad_files) == (
        Position(3, 7),
        ({"epoch": 1.0, "loss": 0.30000000000000004}, {"epoch": 2.0, "loss": 1e-30}),
        20,
        (("a/ü.jpg", "truncated"),),
    )
    assert again.metrics[0] == np.float32(0.1)
    np.testing.assert_array_equal(again.metrics[1], [[0, 1, 2], [3, 4, 5]])


@contextmanager
def full_disk():
    """No file may grow beyond a kilobyte, which is what a program sees of a full disk."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_checkpoints_that_were_there(folder, classifier):
    before = {path.name: path.read_bytes() for path in folder.folder.iterdir()}
    with full_disk(), pytest.raises(OSError, match="File too large"):
        folder.save(classifier, Progress(Position(1, 4)))
    assert {path.name: path.read_bytes() for path in folder.folder.iterdir()} == before
    assert folder.newest_whole(str).name == "epoch-0002-step-000003.npz"

"""An export that is killed or runs out of disk at any moment leaves nothing that a server would take for a version."""

import os
import signal
import subprocess
import sys

import pytest

# what is done right before each of these is the last thing that happens
MOMENTS = {
    "before the model is saved": "effnetv2_keras.export.saved_model.save_quietly",
    "before it is opened": "effnetv2_keras.export.saved_model.verify",
    "before its warm-up requests are answered": "effnetv2_keras.export.verify._answer",
    "before its manifest is written": "effnetv2_keras.export.saved_model.write_manifest",
    "before it is on the disk": "effnetv2_keras.files.atomic.sync",
    "before it is renamed": "effnetv2_keras.files.atomic._rename",
}
PROGRAM = """
import importlib, os, resource, signal, sys
moment, folder, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
import keras
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
if moment:
    module, name = moment.rsplit(".", 1)
    setattr(importlib.import_module(module), name, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
inputs = keras.Input((32, 32, 3))
x = keras.layers.Conv2D(64, 3, strides=8)(keras.layers.Rescaling(1 / 255)(inputs))
network = keras.Model(inputs, keras.layers.Dense(2000)(keras.layers.GlobalAveragePooling2D()(x)))
if limit:  # writing further fails, as on a full disk
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
export_saved_model(network, folder, serving=Serving(batch_sizes=(1,)))
"""


def export(folder, moment="", limit=0):
    words = [sys.executable, "-c", PROGRAM, moment, str(folder), str(limit)]
    return subprocess.run(
        words, capture_output=True, text=True, check=False, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    )


def versions(folder):
    return [entry.name for entry in folder.iterdir() if entry.name.isdecimal()] if folder.is_dir() else []


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_killed(tmp_path, moment):
    (tmp_path / "served").mkdir()
    done = export(tmp_path / "served", moment)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert versions(tmp_path / "served") == []
    again = export(tmp_path / "served")
    assert again.returncode == 0, again.stderr
    assert [entry.name for entry in (tmp_path / "served").iterdir()] == ["1"]  # what was left behind is cleared away


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1_000, 100_000, 600_000])
def test_disk_full(tmp_path, limit):
    done = export(tmp_path / "served", limit=limit)
    assert done.returncode == 1
    assert "File too large" in done.stderr or "FailedPreconditionError" in done.stderr or "OSError" in done.stderr
    assert versions(tmp_path / "served") == []


def test_killed_right_before_it_is_renamed_leaves_no_version(tmp_path):
    done = export(tmp_path / "served", MOMENTS["before it is renamed"])
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert versions(tmp_path / "served") == []
    assert len(list((tmp_path / "served").iterdir())) == 1

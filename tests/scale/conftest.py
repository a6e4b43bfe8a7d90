"""A small SavedModel, photos, and what `effnetv2 predict --json` says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from small_photos import write_photos

# Ray would send figures of its use to its makers, and keep a token in the home directory
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "disabled"


@pytest.fixture(scope="module")
def model(tiny_classifier, tmp_path_factory):
    """The SavedModel of a classifier of three classes."""
    from effnetv2_keras.export.saved_model import export_saved_model

    folder = tmp_path_factory.mktemp("model") / "served"
    return export_saved_model(tiny_classifier, folder, labels=("blue", "green", "red"), image_size=40).path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Twelve photos and two files that are none."""
    folder = write_photos(tmp_path_factory.mktemp("photos"), 4)
    (folder / "blue" / "01a.jpg").write_text("<html>")
    (folder / "red" / "0.jpg").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def predicted(model, photos):
    """What the command says of each photo, by its path."""
    command = [sys.executable, "-m", "effnetv2_keras.cli.main", "predict", str(model), str(photos), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {row["path"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def assert_as_predicted(predicted):
    """Holds rows of an engine against what the command says; the sixth place may be rounded to either side."""

    def assert_as_predicted(rows):
        assert sorted(row["path"] for row in rows) == sorted(predicted)
        for row in rows:
            expected = predicted[row["path"]]
            best = expected.get("predictions", [])
            assert list(row) == ["path", "label", "score", "labels", "scores", "error"]
            assert row["error"] == expected.get("error")
            assert list(row["labels"]) == [one["label"] for one in best]
            assert list(row["scores"]) == pytest.approx([one["score"] for one in best], abs=2e-6)
            assert (row["label"], row["score"]) == ((row["labels"][0], row["scores"][0]) if best else (None, None))

    return assert_as_predicted

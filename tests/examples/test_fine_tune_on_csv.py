"""The fine-tuning script on a table of small photos, from new weights and from those of a file."""

import csv
import runpy
import sys
from pathlib import Path

import keras
import pytest
from small_photos import write_photos

import effnetv2_keras as ev2

SCRIPT = Path(__file__).parents[2] / "examples" / "fine_tune_on_csv.py"


@pytest.fixture
def table(tmp_path):
    photos = write_photos(tmp_path / "photos", 10)
    with (tmp_path / "photos.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "split"])
        for path in sorted(photos.rglob("*.jpg")):
            split = "validation" if path.stem in ("08", "09") else "train"
            rows.writerow([path.relative_to(tmp_path), path.parent.name, split])
    return tmp_path / "photos.csv"


@pytest.mark.slow
def test_a_table_becomes_a_model_that_is_measured(table, tiny_model_file, tmp_path, monkeypatch, capsys):
    weights = tmp_path / "tiny.weights.h5"
    keras.utils.set_random_seed(0)
    ev2.create_model(tiny_model_file, num_classes=3).save_weights(weights)
    words = [table, tmp_path / "out", "--model", tiny_model_file, "--weights", weights, "--epochs", 3]
    monkeypatch.setattr(sys, "argv", [str(word) for word in [SCRIPT, *words, "--batch-size", 8, "--image-size", 32]])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    said = capsys.readouterr().out
    assert "3 classes, 24 training and 6 validation images" in said
    assert " on 6 pictures\n" in said
    assert [line.split(":")[0].strip() for line in said.splitlines()[-3:]] == ["blue", "green", "red"]
    assert ev2.load_predictor(tmp_path / "out" / "served" / "1").labels == ("blue", "green", "red")

import csv
import json
import re

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.open_source import open_source, open_split
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.inference.evaluate import evaluate
from effnetv2_keras.inference.predictor import load_predictor
from effnetv2_keras.report.measure import measure
from effnetv2_keras.report.run_report import report_page
from effnetv2_keras.runs.run_directory import read_yaml
from effnetv2_keras.training.load_run import load_run
from effnetv2_keras.training.run import prepare, train

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (40, 40, 220)}


@pytest.fixture
def table(tmp_path):
    """Photos with a stripe for each class that they show, and a CSV file of them."""
    rng = np.random.default_rng(0)
    with (tmp_path / "photos.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "labels"))
        for number in range(24):
            pixels = np.clip(rng.normal(128, 20, (48, 48, 3)), 0, 255).astype("uint8")
            shown = [name for name in COLOURS if rng.random() < 0.5] or ["red"]
            for stripe, name in enumerate(shown):
                pixels[4 + 14 * stripe : 16 + 14 * stripe, 6:40] = COLOURS[name]
            Image.fromarray(pixels).save(tmp_path / f"{number}.jpg")
            writer.writerow((f"{number}.jpg", "|".join(shown)))
    return tmp_path / "photos.csv"


def test_a_table_with_several_labels_is_trained_measured_and_exported(table, tiny_model_file, tmp_path):
    settings = TrainSettings(
        data=str(table), model=str(tiny_model_file), epochs=2, image_size=32, batch_size=8, mixup="0.2"
    )
    training = prepare(settings, tmp_path / "run", say=lambda text: None)
    assert training.classifier.head == "sigmoid"
    rows = train(training)
    assert all(0 <= row["val_accuracy"] <= 1 for row in rows)
    split, _ = open_split(table, training.source.class_names)
    measured = evaluate(load_predictor(tmp_path / "run"), split)
    assert measured.num_images == 24
    assert set(measured.recall) == set(COLOURS)
    served = export_saved_model(load_run(tmp_path / "run"), tmp_path / "served", labels=training.source.class_names)
    pages = [report_page(measure(path, table)) for path in (tmp_path / "run", served.path)]
    classes = [re.findall(r'<tr><th scope="row">(\w+)</th><td>(\d+)</td>', page) for page in pages]
    assert {name: int(count) for name, count in classes[0]} == split.counts()
    assert sorted(classes[0]) == sorted(classes[1])
    assert all("images show the class that was answered first" in page for page in pages)
    ours, theirs = (load_predictor(path).answer([photo_of(split)], 3)[0] for path in (tmp_path / "run", served.path))
    np.testing.assert_allclose(sorted(ours.scores), sorted(theirs.scores), atol=1e-5)


def photo_of(split):
    from effnetv2_keras.inference.answer import Photo

    return Photo(split.locations[0], split.bytes(0))


def test_a_run_of_several_labels_keeps_its_head(table, tiny_model_file, tmp_path):
    settings = TrainSettings(
        data=str(table), model=str(tiny_model_file), epochs=1, image_size=32, batch_size=8, holdout=0.2
    )
    training = prepare(settings, tmp_path / "run", say=lambda text: None)
    train(training)
    seen = evaluate(load_predictor(tmp_path / "run"), training.source.validation)
    assert read_yaml(training.run.result_file)["val_accuracy"] == pytest.approx(seen.accuracy, abs=1e-6)
    assert load_run(tmp_path / "run").head == "sigmoid"
    assert json.dumps(sorted(load_predictor(tmp_path / "run").labels)) == '["blue", "green", "red"]'


def test_class_weights_are_refused_for_images_with_several_classes(table):
    with pytest.raises(UsageError, match="`class_weights` needs one class an image"):
        open_source(table).train.class_weights()

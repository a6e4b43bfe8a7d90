"""What is written here, on the pages for those who come from elsewhere, runs; what was written there is not tried."""

import re
from pathlib import Path

import numpy as np
import pytest
from pages import DOCS, run_page
from small_photos import write_photos

PAGES = DOCS / "coming_from"
FIVE_LEVELS = """
name: tiny
stem: 8
head: 16
eval_size: 32
stages:
  - [fused, 3, 1, 1, 8, 1]
  - [fused, 3, 2, 2, 10, 1]
  - [mbconv, 3, 2, 2, 12, 1, 0.25]
  - [mbconv, 3, 2, 2, 14, 1, 0.25]
  - [mbconv, 3, 2, 2, 16, 1, 0.25]
"""
#             what a page says   what needs no network, and is quick
SMALLER = {
    'create_model("efficientnetv2-b0"': 'create_model("tiny.yaml"',
    ', weights="imagenet21k"': "",
    ', weights="imagenet"': "",
    "image_size=224": "image_size=32",
    "batch_size=32": "batch_size=4",
    "epochs=10": "epochs=3",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the Python of a page from top to bottom beside a folder of photos; returns what it defined."""
    write_photos(tmp_path / "photos", 5)
    (tmp_path / "tiny.yaml").write_text(FIVE_LEVELS)
    monkeypatch.chdir(tmp_path)

    def run_named(name):
        return run_page(PAGES / name, SMALLER)

    return run_named


def test_there_is_a_page_for_each_and_a_there_for_every_here():
    pages = sorted(PAGES.glob("*.md"))
    assert [page.stem for page in pages] == [
        "automl",
        "index",
        "keras_applications",
        "keras_cv",
        "tensorflow_addons",
        "timm",
    ]
    for page in pages:
        kinds = re.findall(r"^```(\w+)$", page.read_text(encoding="utf-8"), re.M)
        assert page.stem == "index" or kinds.index("py") < kinds.index("python")


def test_timm(run):
    names = run("timm.md")
    assert names["channels"] == [10, 12, 14, 16]
    assert names["pooled"].output_shape == (None, 16)
    assert names["clf"].ema.decay == 0.9999
    assert names["clf"].knobs.values()["randaugment"] == 9.0


def test_keras_applications(run):
    names = run("keras_applications.md")
    images = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3)).astype("float32")
    probabilities = np.asarray(names["model"](images[:, :64, :64]))
    assert probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    ours = np.asarray(names["network"](images, training=False))
    theirs = np.asarray(names["old"](images, training=False))
    assert np.exp(ours) / np.exp(ours).sum(axis=1, keepdims=True) == pytest.approx(theirs, abs=1e-5)
    assert Path("served/photos/1").is_dir()


def test_automl(run, capsys):
    names = run("automl.md")
    assert names["network"].output_shape == (None, 3)
    assert [phase.image_size for phase in names["schedule"].phases] == [171, 214, 257, 300]
    assert "171" in capsys.readouterr().out


def test_keras_cv(run):
    names = run("keras_cv.md")
    [(images, labels)] = list(names["train"])
    assert images.shape == (8, 64, 64, 3)
    assert labels.numpy().sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert [map.shape[-1] for map in names["pyramid"].outputs] == [12, 14, 16]


def test_tensorflow_addons(run):
    names = run("tensorflow_addons.md")
    images, moved, holes = (np.asarray(names[name]) for name in ("images", "moved", "holes"))
    assert (moved[:, :, 4:] == images[:, :, :-4]).all()
    assert (moved[:, :, :4] == 128).all()
    assert (np.asarray(names["turned"]) != images).any()
    assert ((holes == 128).all(axis=-1).sum(axis=(1, 2)) > 0).all()

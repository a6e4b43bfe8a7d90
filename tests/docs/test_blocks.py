"""The Python of pages that have no test of their own beside the room they tell of."""

import ast
import importlib
import shlex

import pytest
import tensorflow as tf
from pages import DOCS, ROOT, SMALLER, TINY_NET, blocks, run_page
from small_photos import write_photos

import effnetv2_keras as ev2
from effnetv2_keras.layers.fast import set_fast_training

# it has learnt nothing
QUICK = {**SMALLER, 'calibrate_on="photos/"': 'calibrate_on="photos/", max_accuracy_drop=1.0'}
PAGES = [page for page in (ROOT / "README.md", *sorted(DOCS.rglob("*.md"))) if blocks(page)]


def run(name, names=None):
    """Runs a page of the docs, made quick, and returns what it defined."""
    return run_page(DOCS / name, QUICK, names)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with `photos/`, `new_photos/`, `photo.jpg` and the smaller network."""
    photos = write_photos(tmp_path / "photos", 6, side=64)
    write_photos(tmp_path / "more", 1, side=64).joinpath("red").rename(tmp_path / "new_photos")
    (tmp_path / "photo.jpg").write_bytes(next(photos.rglob("*.jpg")).read_bytes())
    (tmp_path / "tiny.yaml").write_text(TINY_NET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_block_takes_from_the_package_is_there(page):
    for block in blocks(page):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("effnetv2_keras"):
                if node.module.endswith(("ray_data", "beam")):
                    continue  # `make test-scale` imports these
                module = importlib.import_module(node.module)
                missing = [name.name for name in node.names if not hasattr(module, name.name)]
                assert missing == []


def test_the_front_page(here, capsys):
    names = run("index.md")
    assert names["network"].output_shape == (None, 5)
    assert capsys.readouterr().out.splitlines()[-1].split() == ["3", "3..3", "48", "15.0"]


def test_the_zoo(capsys):
    run("zoo.md")
    assert "    6  MBConv6, k3x3, SE0.25        2       256      15\n" in capsys.readouterr().out


def test_recipes():
    recipe = run("methods/recipes.md")["recipe"]
    assert (recipe.name, recipe.batch_size) == ("released:efficientnetv2-m", 256)


def test_speed():
    try:
        assert run("methods/speed.md")
    finally:
        set_fast_training(True)


def test_augmentation():
    for images, labels in run("methods/augmentation.md")["dataset"]:
        assert images.shape == (32, 48, 48, 3)
        assert labels.numpy().sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_data_check(here):
    assert run("methods/data_check.md")["checked"].verdict is None
    assert (here / "report.html").is_file()


@pytest.mark.slow
def test_progressive_learning_and_several_devices(here):
    names = run("methods/progressive_learning.md")
    assert names["clf"].knobs.values()["dropout"] == pytest.approx(0.3)
    names = run("methods/several_devices.md", {**names, "tf": tf})
    assert names["clf"].history.epoch == [0, 1, 2, 3]


@pytest.mark.slow
def test_the_tour(here):
    names = run("tour.md")
    assert set(names["answer"].labels) == {"blue", "green", "red"}


@pytest.mark.slow
def test_shipping(here):
    from effnetv2_keras.cli.main import app

    app(
        shlex.split("train photos --model tiny.yaml --epochs 1 --batch-size 4 --image-size 48 --out runs/photos"),
        standalone_mode=False,
    )
    clf = ev2.Classifier(ev2.create_model("tiny.yaml", num_classes=3), image_size=48)
    names = {"clf": clf, "names": ("blue", "green", "red")}
    run("methods/saved_model.md", names)
    assert (here / "served" / "photos" / "2").is_dir()
    run("methods/tflite.md", names)
    assert (here / "photos.tflite").is_file()

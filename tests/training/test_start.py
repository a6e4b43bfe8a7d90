"""Runs that start from weights which are there already."""

import dataclasses

import numpy as np
import pytest
from keras import ops

from effnetv2_keras.configs import load_config, registry
from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.configs.weight_sets import get_weight_set
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.models import create_model
from effnetv2_keras.models.weights.facts import make_facts, set_facts, weight_set_of
from effnetv2_keras.runs.run_directory import RunDirectory
from effnetv2_keras.training import run as run_module
from effnetv2_keras.training.interrupt import Interrupted
from effnetv2_keras.training.load_run import load_run
from effnetv2_keras.training.recorder import Recorder
from effnetv2_keras.training.run import prepare, train
from effnetv2_keras.training.start import say_of_few

ROW = get_weight_set("efficientnetv2-b0", "imagenet21k")


@pytest.fixture
def given(tmp_path, tiny_model_file):
    """Weights of the tiny network for five classes, in torch's padding, said to be a released set."""
    config = load_config(tiny_model_file).replace(padding="torch", pixels="inception")
    network = create_model(config, num_classes=5)
    network.get_layer("logits").bias.assign([1.0, 2.0, 3.0, 4.0, 5.0])
    set_facts(network, make_facts(config, ROW))
    path = tmp_path / "given.weights.h5"
    network.save_weights(path)
    return path, network


@pytest.fixture
def settings(photo_folder, tiny_model_file, given):
    return TrainSettings(
        data=str(photo_folder),
        model=str(tiny_model_file),
        weights=str(given[0]),
        epochs=2,
        image_size=32,
        batch_size=4,
        validation=0.25,
    )


def values(network):
    return {weight.path: ops.convert_to_numpy(ops.copy(weight)) for weight in network.weights}


def test_a_run_starts_from_given_weights_with_what_they_need(settings, given, tmp_path):
    said = []
    training = prepare(settings, tmp_path / "run", say=said.append)
    before, after = values(given[1]), values(training.classifier.network)
    for path in before:
        if not path.startswith("logits/"):
            np.testing.assert_array_equal(before[path], after[path])
    assert after["logits/bias"].tolist() == [0.0, 0.0, 0.0]
    kept = load_config(RunDirectory(tmp_path / "run").model_file)
    assert (kept.padding, kept.pixels) == ("torch", "inception")
    assert said[:2] == [
        "starting from efficientnetv2-b0:imagenet21k, pixels inception",
        "these weights were trained with the crops 'v2', this run uses 'photos': --preprocessing v2 would be theirs",
    ]


def test_crops_of_the_weights_are_no_news(settings, tmp_path):
    said = []
    prepare(dataclasses.replace(settings, preprocessing="v2"), tmp_path / "a", say=said.append)
    prepare(dataclasses.replace(settings, preprocessing="finetune"), tmp_path / "b", say=said.append)
    assert [line for line in said if "crops" in line] == []


class StopsAt(Recorder):
    """A recorder that is interrupted after the first batch of the second epoch."""

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if (self.position.epoch, self.position.step) == (1, 1):
            raise Interrupted


@pytest.fixture
def published(settings, monkeypatch):
    """Makes settings of a published recipe, short, with the tiny network in the place of EfficientNetV2-S."""

    def published(name, *changes):
        tiny = load_config(settings.model).replace(name="efficientnetv2-s")
        monkeypatch.setitem(registry.CONFIGS, "efficientnetv2-s", tiny)
        changes = ("schedule.epochs=2", "learning_rate.warmup_epochs=0", *changes)
        return dataclasses.replace(settings, recipe=name, model=None, epochs=None, overrides=changes, image_size=None)

    return published


def test_fine_tuning_goes_on_without_asking_for_its_weights_again(published, given, tmp_path, monkeypatch):
    settings = published("finetune")
    assert settings.resolved().name == "finetune:efficientnetv2-s"
    broken = prepare(settings, tmp_path / "run", say=str)
    monkeypatch.setattr(run_module, "Recorder", StopsAt)
    with pytest.raises(KeyboardInterrupt):
        train(broken)
    given[0].unlink()
    again = prepare(settings, tmp_path / "run", say=str)
    expected, found = values(broken.classifier.network), values(again.classifier.network)
    for path in expected:
        np.testing.assert_array_equal(found[path], expected[path])
    assert np.abs(found["stem/stem_conv/kernel"] - values(given[1])["stem/stem_conv/kernel"]).max() > 0
    assert (again.classifier.network.get_layer("pixels").pixels, weight_set_of(again.classifier)) == ("inception", ROW)
    assert weight_set_of(load_run(tmp_path / "run")) == ROW
    (tmp_path / "run/labels.txt").write_text("one\ntwo\n")
    with pytest.raises(DataError, match=r"Labels must name the 3 classes of .*best\.weights\.h5\. Got: 2 labels\."):
        load_run(tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["released-finetune", "transfer:flowers", "released-transfer:cars"])
def test_published_recipes_run_to_their_end(name, published, given, tmp_path):
    settings = published(name, *(["steps=4"] if "transfer" in name else []))
    training = prepare(settings, tmp_path / "run", say=str)
    assert training.recipe.weights == str(given[0])
    train(training)
    assert load_run(tmp_path / "run").network.get_layer("pixels").pixels == "inception"


def test_weights_that_do_not_fit_stop_a_run_before_it_writes(settings, given, tmp_path, tiny_model_file):
    create_model(load_config(tiny_model_file).replace(stem=16), num_classes=5).save_weights(given[0])
    with pytest.raises(DataError, match=r"`weights` must hold exactly the weights of tiny\."):
        prepare(settings, tmp_path / "run", say=str)
    assert not (tmp_path / "run").exists()


def test_a_word_that_is_no_tag_is_refused_with_the_nearest(settings, tmp_path):
    with pytest.raises(UsageError, match=r"Unknown weights: 'imagenet21'\. Nearest: imagenet21k"):
        prepare(dataclasses.replace(settings, weights="imagenet21"), tmp_path / "run", say=str)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("model", "weights", "num_images", "expected"),
    [
        ("efficientnetv2-b0", "new", 1999, ["1999 images are few to learn from nothing: --weights imagenet21k begins"]),
        ("efficientnet-b6", "new", 100, ["100 images are few to learn from nothing: --weights autoaugment begins"]),
        ("efficientnetv2-b0", "new", 2000, []),
        ("efficientnetv2-b0", "imagenet", 100, []),
        ("efficientnet-lite0", "new", 100, []),  # none were released
    ],
)
def test_released_weights_are_named_where_images_are_few(model, weights, num_images, expected):
    said = []
    recipe = get_recipe("laptop", model).replace(weights=weights)
    say_of_few(recipe, 4, num_images, said.append)
    assert [line.removesuffix(" with released weights") for line in said] == expected

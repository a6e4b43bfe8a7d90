"""A classifier from a `.keras` file is compiled as it was; warnings are errors here."""

import keras
import numpy as np
import pytest
from keras import ops
from small_networks import plain_network

from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.from_recipe import NormalisedCrossentropy, compile_classifier
from effnetv2_keras.training.learning_rate import HeldCosine
from effnetv2_keras.training.multilabel import ShownAccuracy
from effnetv2_keras.training.weight_decay import L2

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 40, 40, 3)).astype("uint8")
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")


def saved_and_loaded(classifier, folder):
    classifier.save(folder / "all.keras")
    return keras.saving.load_model(folder / "all.keras")


def train(classifier):
    return classifier.fit(IMAGES, LABELS, batch_size=4, shuffle=False, verbose=0).history["loss"][0]


def numbers(variables):
    return [ops.convert_to_numpy(ops.copy(variable)) for variable in variables]


@pytest.fixture
def trained():
    keras.utils.set_random_seed(0)
    classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
    optimizer = keras.optimizers.AdamW(HeldCosine(0.01, total_steps=20, warmup_steps=4), weight_decay=0.01, clipnorm=1)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)
    classifier.compile(optimizer, loss=loss, metrics=[ShownAccuracy()], l2=L2(1e-3, exclude=("bias",)))
    train(classifier)
    return classifier


def test_a_loaded_classifier_trains_on_as_the_saved_one_does(trained, tmp_path):
    again = saved_and_loaded(trained, tmp_path)
    assert int(again.optimizer.iterations) == 2
    assert train(again) == pytest.approx(train(trained), rel=1e-6)
    for ours, theirs in ((again.network.weights, trained.network.weights), (again.optimizer, trained.optimizer)):
        ours, theirs = getattr(ours, "variables", ours), getattr(theirs, "variables", theirs)
        for a, b in zip(numbers(ours), numbers(theirs), strict=True):
            assert np.abs(a.astype("float64") - b).max() < 1e-6
    assert (again.l2.rate, again.l2.exclude) == (1e-3, ("bias",))


def test_a_loaded_classifier_measures_as_the_saved_one_does(trained, tmp_path):
    again = saved_and_loaded(trained, tmp_path)
    expected = trained.evaluate(IMAGES, LABELS, verbose=0, return_dict=True)
    assert again.evaluate(IMAGES, LABELS, verbose=0, return_dict=True) == pytest.approx(expected, rel=1e-5)
    assert set(expected) == {"loss", "accuracy"}


@pytest.mark.parametrize("warmup", [True, False])
def test_a_moving_average_goes_on_at_its_pace(tmp_path, warmup):
    classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
    classifier.compile("sgd", ema_decay=0.75, ema_warmup=warmup)
    train(classifier)
    again = saved_and_loaded(classifier, tmp_path)
    assert again.own_compile_config == {"ema_decay": 0.75, "ema_warmup": warmup, "l2": None}
    before = numbers(again.network.trainable_variables)
    train(again)
    averages = {weight.path: average for weight, average in zip(again.ema.weights, again.ema.averages, strict=True)}
    for old, weight in zip(before, again.network.trainable_variables, strict=True):
        moved = np.abs(numbers([weight])[0] - old).max()
        assert np.abs(numbers([averages[weight.path]])[0] - old).max() < moved  # it lags behind


def test_what_was_given_by_name_comes_back(tmp_path):
    classifier = Classifier(plain_network(activation="sigmoid"), augmentation=None)
    classifier.compile()
    again = saved_and_loaded(classifier, tmp_path)
    assert isinstance(again.loss, keras.losses.BinaryCrossentropy)
    assert isinstance(again.optimizer, keras.optimizers.AdamW)


@pytest.mark.parametrize(
    "recipe", ["laptop", "paper:efficientnetv2-s", "v1:efficientnet-b0", "imagenet21k:efficientnetv2-b0"]
)
def test_what_a_recipe_compiles_comes_back(recipe, tmp_path):
    recipe = get_recipe(recipe)
    classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
    compile_classifier(classifier, recipe, num_images=5 * recipe.batch_size)
    again = saved_and_loaded(classifier, tmp_path)
    assert again.optimizer.get_config() == classifier.optimizer.get_config()
    assert again.loss.get_config() == classifier.loss.get_config()
    assert isinstance(again.loss, NormalisedCrossentropy) == (recipe.labels == "normalised")
    assert again.own_compile_config["ema_decay"] == classifier.own_compile_config["ema_decay"]


def test_one_that_was_never_compiled_comes_back_as_it_was(tmp_path):
    assert not saved_and_loaded(Classifier(plain_network(), augmentation=None), tmp_path).compiled

"""Our own files: what they carry, and what is refused."""

import keras
import numpy as np
import pytest
from small_applications import SIDE, SMALL_V2

from effnetv2_keras import Classifier
from effnetv2_keras.configs.weight_sets import get_weight_set
from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.models import create_model, fuse
from effnetv2_keras.models.weights.assign import assign_weights
from effnetv2_keras.models.weights.facts import make_facts, weight_set_of
from effnetv2_keras.models.weights.formats import open_weights, ours

TINY = SMALL_V2.replace(name="tiny", stages=SMALL_V2.stages[3:5], eval_size=32)


@pytest.fixture
def saved(tmp_path, perturb):
    """Saves the weights of a tiny network and returns the file and the network."""

    def saved(name="tiny.weights.h5", config=TINY, **options):
        model = perturb(create_model(config, **{"num_classes": 5, **options}))
        model.save(tmp_path / name) if name.endswith(".keras") else model.save_weights(tmp_path / name)
        return tmp_path / name, model

    return saved


@pytest.mark.parametrize("name", ["tiny.weights.h5", "tiny.keras"])
def test_a_file_of_ours_brings_what_its_weights_need(name, saved, images):
    path, model = saved(name, TINY.replace(pixels="inception", padding="torch", bn_epsilon=1e-5))
    again = create_model(TINY, weights=path)
    np.testing.assert_array_equal(again(images(45, 45)), model(images(45, 45)))
    assert again.get_layer("pixels").pixels == "inception"


def test_a_file_of_a_classifier_is_that_of_its_network(saved, tmp_path, images):
    _, model = saved()
    classifier = Classifier(model)
    classifier.save_weights(tmp_path / "classifier.weights.h5")
    again = create_model(TINY, weights=tmp_path / "classifier.weights.h5")
    np.testing.assert_array_equal(again(images(SIDE, SIDE)), model(images(SIDE, SIDE)))


def test_a_head_with_an_activation_and_grey_images_fit_their_own_kind(saved, images):
    path, model = saved(activation="sigmoid", input_shape=(None, None, 1), config=TINY.replace(pixels="symmetric"))
    again = create_model(TINY, weights=path, activation="sigmoid", input_shape=(None, None, 1))
    np.testing.assert_array_equal(again(images(64, 64)[..., :1]), model(images(64, 64)[..., :1]))
    with pytest.raises(DataError, match=r"other shape: stem_conv/kernel \(3, 3, 1, 8\) for stem_conv/kernel \(3, 3, 3"):
        create_model(TINY, weights=path)


def test_weights_of_a_compiled_and_trained_network_are_taken(saved, tmp_path, images):
    _, model = saved()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    model.fit(images(32, 32), np.array([0, 1]), verbose=0)
    model.save_weights(tmp_path / "trained.weights.h5")
    model.save(tmp_path / "trained.keras")
    for name in ("trained.weights.h5", "trained.keras"):
        again = create_model(TINY, weights=tmp_path / name)
        np.testing.assert_array_equal(again(images(64, 64)), model(images(64, 64)))


def test_the_released_set_travels_through_files_clones_and_folding(saved, tmp_path):
    _, model = saved()
    row = get_weight_set("efficientnetv2-b0", "imagenet21k")
    model.get_layer("pixels").facts = make_facts(TINY, row)
    model.save_weights(tmp_path / "known.weights.h5")
    model.save(tmp_path / "known.keras")
    assert weight_set_of(create_model(TINY, weights=tmp_path / "known.weights.h5", num_classes=2)) == row
    assert weight_set_of(keras.saving.load_model(tmp_path / "known.keras")) == row
    assert weight_set_of(Classifier(model)) == row
    assert weight_set_of(fuse(model)) == row
    assert weight_set_of(create_model(TINY)) is None


def test_a_folded_network_is_refused(saved, tmp_path):
    _, model = saved()
    fuse(model).save_weights(tmp_path / "folded.weights.h5")
    with pytest.raises(DataError, match=r"not there: stem_bn/gamma, stem_bn/beta, stem_bn/moving_mean and more, "):
        create_model(TINY, weights=tmp_path / "folded.weights.h5")


def test_nothing_changes_when_a_value_is_no_number(saved, perturb):
    path, model = saved()
    model.get_layer("logits").bias.assign([0.0, 1.0, np.nan, 2.0, 3.0])
    model.save_weights(path)
    other = perturb(create_model(TINY, num_classes=5))
    before = other.get_weights()
    opened = open_weights(path)
    with pytest.raises(DataError, match=r"`weights` must be finite numbers\. Got: NaN or infinity in logits/bias\."):
        assign_weights(other, ours.names(TINY, opened), opened, keeps_head=False)
    for one, two in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", ["tiny.weights.h5", "tiny.keras"])
def test_a_file_that_is_cut_off_is_refused(name, saved):
    path, _ = saved(name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=r"tiny\..* must be a whole file of Keras\. Got: "):
        create_model(TINY, weights=path)


def test_a_path_that_is_not_there_and_a_file_of_no_format_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"`weights` must be None, a tag, hf://ORG/NAME or a path that exists\."):
        create_model(TINY, weights=tmp_path / "none.weights.h5")
    (tmp_path / "notes.txt").write_text("no weights")
    with pytest.raises(
        DataError, match=r"`weights` must be of one of these formats: .*keras\.applications.*notes\.txt"
    ):
        create_model(TINY, weights=tmp_path / "notes.txt")

"""Files that keras.applications writes, with random weights and statistics, against the networks that wrote them."""

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from small_applications import SIDE, SMALL_V1, SMALL_V2

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.models import create_model

slow = pytest.mark.slow


def save_weights_h5(model, path):
    model.save_weights(path)


def save_keras(model, path):
    model.save(path)


def save_old_h5(model, path):
    """The layout of the published files: a group a layer, names with ":0"."""
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


WRITERS = {".weights.h5": save_weights_h5, ".keras": save_keras, ".h5": save_old_h5}

# fmt: off
NETWORKS = [
    pytest.param("efficientnetv2-b0", "EfficientNetV2B0", id="v2-b0"),
    pytest.param("efficientnetv2-b1", "EfficientNetV2B1", id="v2-b1"),
    pytest.param("efficientnetv2-b2", "EfficientNetV2B2", id="v2-b2"),
    pytest.param("efficientnetv2-b3", "EfficientNetV2B3", id="v2-b3"),
    pytest.param("efficientnetv2-s",  "EfficientNetV2S",  id="v2-s",  marks=slow),
    pytest.param("efficientnetv2-m",  "EfficientNetV2M",  id="v2-m",  marks=slow),
    pytest.param("efficientnetv2-l",  "EfficientNetV2L",  id="v2-l",  marks=slow),
    pytest.param("efficientnet-b0",   "EfficientNetB0",   id="v1-b0"),
    pytest.param("efficientnet-b1",   "EfficientNetB1",   id="v1-b1"),
    pytest.param("efficientnet-b2",   "EfficientNetB2",   id="v1-b2"),
    pytest.param("efficientnet-b3",   "EfficientNetB3",   id="v1-b3"),
    pytest.param("efficientnet-b4",   "EfficientNetB4",   id="v1-b4"),
    pytest.param("efficientnet-b5",   "EfficientNetB5",   id="v1-b5"),
    pytest.param("efficientnet-b6",   "EfficientNetB6",   id="v1-b6"),
    pytest.param("efficientnet-b7",   "EfficientNetB7",   id="v1-b7"),
]
# fmt: on


@pytest.mark.parametrize(
    ("ours", "name", "suffix"),
    [
        ("efficientnetv2-b0", "EfficientNetV2B0", ".keras"),
    ],
)
def test_a_file_gives_the_logits_of_the_network_that_wrote_it(
    ours, name, suffix, theirs, tmp_path, images, relative_error
):
    check_logits(ours, theirs(name), suffix, tmp_path, images(SIDE, SIDE), relative_error)


@pytest.mark.parametrize(
    ("config", "suffix"),
    [(SMALL_V1, ".h5"), (SMALL_V1, ".keras"), (SMALL_V2, ".weights.h5")],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_kind_of_file_is_read(config, suffix, theirs, tmp_path, images, relative_error):
    check_logits(config, theirs(config.name), suffix, tmp_path, images(SIDE, SIDE), relative_error)


@slow
@pytest.mark.parametrize(("ours", "name"), NETWORKS)
def test_every_variant_is_read(ours, name, theirs, tmp_path, images, relative_error):
    check_logits(ours, theirs(name), ".h5", tmp_path, images(SIDE, SIDE), relative_error)


def check_logits(ours, reference, suffix, tmp_path, x, relative_error):
    path = tmp_path / f"theirs{suffix}"
    WRITERS[suffix](reference, path)
    model = create_model(ours, weights=path)
    assert model.output_shape == (None, 7)
    assert relative_error(model(x), reference(x)) < 1e-4


def test_a_whole_model_in_the_older_format_is_taken(theirs, tmp_path, images, relative_error, recwarn):
    reference = theirs("small-v2")
    reference.save(tmp_path / "whole.h5")
    recwarn.clear()  # Keras calls its own format old
    model = create_model(SMALL_V2, weights=tmp_path / "whole.h5")
    assert relative_error(model(images(SIDE, SIDE)), reference(images(SIDE, SIDE))) < 1e-4


def test_a_file_without_top_gives_the_same_maps(theirs, tmp_path, images, relative_error):
    reference = theirs("small-v2", include_top=False)
    reference.save_weights(tmp_path / "notop.weights.h5")
    model = create_model(SMALL_V2, include_top=False, weights=tmp_path / "notop.weights.h5")
    assert relative_error(model(images(SIDE, SIDE)), reference(images(SIDE, SIDE))) < 1e-4


def test_a_file_without_top_asks_for_the_number_of_classes(theirs, tmp_path, caplog):
    path = tmp_path / "notop.weights.h5"
    theirs("small-v2", include_top=False).save_weights(path)
    with pytest.raises(UsageError, match=r"`num_classes` must be given with weights that have no classifier"):
        create_model(SMALL_V2, weights=path)
    model = create_model(SMALL_V2, num_classes=3, weights=path)
    assert model.output_shape == (None, 3)
    assert "the classifier is not among them and starts new, for 3." in caplog.text


def test_another_number_of_classes_keeps_all_but_the_head_and_says_so(theirs, tmp_path, images, relative_error, caplog):
    reference = theirs("small-v2")
    reference.save_weights(tmp_path / "seven.weights.h5")
    model = create_model(SMALL_V2, num_classes=5, weights=tmp_path / "seven.weights.h5")
    assert [record.getMessage() for record in caplog.records] == [
        "small-v2: weights of seven.weights.h5; the classifier is for 7 classes and starts new, for 5."
    ]
    pooled = keras.Model(reference.input, reference.get_layer("avg_pool").output)
    ours = keras.Model(model.input, model.get_layer("pool").output)
    assert relative_error(ours(images(SIDE, SIDE)), pooled(images(SIDE, SIDE))) < 1e-4


@pytest.mark.parametrize(
    ("deviation_power", "pixels"),
    [(2, "imagenet"), (1, "imagenet"), (None, "unit")],
    ids=["with weights", "as published", "without weights"],
)
def test_v1_normalises_as_the_numbers_in_the_file_say(
    deviation_power, pixels, theirs, tmp_path, images, relative_error
):
    reference = theirs("small-v1", deviation_power=deviation_power)
    reference.save_weights(tmp_path / "v1.weights.h5")
    model = create_model(SMALL_V1, weights=tmp_path / "v1.weights.h5")
    assert model.get_layer("pixels").pixels == pixels
    x = images(SIDE, SIDE)
    if deviation_power == 1:  # their network divides by the root of the deviation once more where it has weights
        mean, deviation = np.array([0.485, 0.456, 0.406]) * 255, np.array([0.229, 0.224, 0.225]) * 255
        their_view = mean + (x - mean) / np.sqrt(deviation / 255)
    else:
        their_view = x
    assert relative_error(model(x), reference(their_view)) < 1e-4


def test_a_keras_file_without_preprocessing_gets_none(theirs, tmp_path, images, relative_error):
    reference = theirs("small-v2", include_preprocessing=False)
    reference.save(tmp_path / "bare.keras")
    model = create_model(SMALL_V2, weights=tmp_path / "bare.keras")
    assert model.get_layer("pixels").pixels == "none"
    x = images(SIDE, SIDE) / 255
    assert relative_error(model(x), reference(x)) < 1e-4


def test_an_unknown_normalisation_is_refused(theirs, tmp_path):
    model = theirs("small-v1")
    normalisation = next(layer for layer in model.layers if isinstance(layer, keras.layers.Normalization))
    normalisation.adapt_mean.assign([0.1, 0.2, 0.3])
    model.save_weights(tmp_path / "odd.weights.h5")
    with pytest.raises(DataError, match=r"must normalise pixels in one of these ways: .* Got: mean \(25\.5, 51, 76\.5"):
        create_model(SMALL_V1, weights=tmp_path / "odd.weights.h5")


def test_another_variant_is_refused_with_the_first_names(theirs, tmp_path):
    theirs("small-v2").save_weights(tmp_path / "b0.weights.h5")
    with pytest.raises(
        DataError,
        match=r"`weights` must hold exactly the weights of efficientnetv2-b1\. Got: .*b0\.weights\.h5 "
        r"\(keras\.applications\): not there: block1b_project_conv/kernel, .* and more, \d+ in all;",
    ):
        create_model("efficientnetv2-b1", weights=tmp_path / "b0.weights.h5")

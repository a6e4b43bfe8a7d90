"""The networks on the JAX backend.

Command: make test-jax        (KERAS_BACKEND=jax python -m pytest tests/jax; about a minute)

It runs where TensorFlow is not installed: nothing in these rooms may ask for it.
"""

import sys

import keras
import numpy as np
import pytest

from effnetv2_keras.configs import ModelConfig, Stage
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models import create_model, features, freeze, fuse, profile

# fmt: off
EVERYTHING = ModelConfig(
    "everything",
    (
        Stage("fused",      3, 1, 1,    16, 2, 0.25),
        Stage("fused",      3, 2, 4,    24, 2),
        Stage("mbconv",     5, 2, 4,    32, 2, 0.25),
        Stage("bottleneck", 3, 2, 0.25, 64, 2),
    ),
    stem=16, head=64, padding="torch", stem_pool=True, dropout=0.3, drop_path=0.3,
)
# fmt: on


@pytest.fixture
def images():
    def images(height, width, count=4):
        return np.random.default_rng(0).integers(0, 256, (count, height, width, 3)).astype("float32")

    return images


@pytest.fixture(scope="module")
def b0():
    return create_model("efficientnetv2-b0", num_classes=5)


def test_b0_has_its_parameters(b0):
    assert b0.count_params() == 5_925_717 == profile("efficientnetv2-b0", num_classes=5).total.parameters


@pytest.mark.parametrize("size", [(64, 64), (97, 133)])
def test_b0_answers(b0, size, images):
    logits = np.asarray(b0(images(*size)))
    assert logits.shape == (4, 5)
    assert np.isfinite(logits).all()


def test_folding_keeps_the_logits(images):
    model = create_model(EVERYTHING, num_classes=5)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name.startswith("moving_"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    twin = fuse(model)
    ours, folded = np.asarray(model(images(64, 64))), np.asarray(twin(images(64, 64)))
    assert np.abs(ours - folded).max() < 1e-5 * np.abs(ours).max()
    assert not [weight.path for weight in twin.weights if "moving" in weight.path]


def test_features_have_their_strides(b0, images):
    maps = features(b0)(images(64, 96, 1))
    assert [one.shape for one in maps] == [
        *((1, 32, 48, 16), (1, 16, 24, 32), (1, 8, 12, 48), (1, 4, 6, 112), (1, 2, 3, 192)),
    ]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_training_step_moves_every_weight(policy, images):
    keras.config.set_dtype_policy(policy)
    try:
        model = create_model(EVERYTHING, num_classes=5)
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = [np.array(weight.value) for weight in model.weights]
    history = model.fit(images(64, 64, 8), np.arange(8) % 5, batch_size=4, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    still = [
        weight.path
        for weight, old in zip(model.weights, before, strict=True)
        if np.array_equal(np.array(weight.value), old)
    ]
    assert still == []


def test_b0_trains(b0, images):
    b0.compile(keras.optimizers.SGD(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = b0.fit(images(64, 64, 4), np.arange(4), batch_size=4, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_frozen_parts_stay(images):
    model = freeze(create_model(EVERYTHING, num_classes=5), until="stage4")
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    stem = [np.array(weight.value) for weight in model.get_layer("stem").weights]
    model.fit(images(64, 64), np.arange(4), verbose=0)
    for weight, old in zip(model.get_layer("stem").weights, stem, strict=True):
        np.testing.assert_array_equal(weight.value, old)


def test_a_model_is_saved_and_loaded(tmp_path, images):
    model = create_model(EVERYTHING, num_classes=5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(images(64, 64)), model(images(64, 64)))


def test_tensorflow_had_no_part_in_it():
    assert "tensorflow" not in sys.modules


def test_weights_are_saved_and_loaded_with_what_they_need(tmp_path, images):
    model = create_model(EVERYTHING, num_classes=5)
    model.save_weights(tmp_path / "all.weights.h5")
    again = create_model(EVERYTHING.replace(padding="tf"), weights=tmp_path / "all.weights.h5")
    np.testing.assert_array_equal(np.asarray(again(images(45, 45))), np.asarray(model(images(45, 45))))


def test_a_checkpoint_of_tensorflow_says_what_it_needs(tmp_path):
    (tmp_path / "model.ckpt.index").touch()
    with pytest.raises(UsageError, match=r"Checkpoints of TensorFlow need it to be read: pip install tensorflow\."):
        create_model("efficientnetv2-b0", weights=tmp_path)

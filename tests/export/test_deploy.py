from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras import Classifier, ModelConfig, Stage, create_model
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export import deploy as deploying
from effnetv2_keras.export.deploy import deploy
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import Serving
from effnetv2_keras.export.session import ServedSession
from effnetv2_keras.export.subject import Subject, make_subject

PLAIN = {"fold_bn": True, "freeze": True, "has_features": False}


@pytest.fixture(scope="module")
def wide():
    """A classifier with 0.9 MB of weights, 225,507 numbers when folded, whose normalisations do something."""
    keras.utils.set_random_seed(2)
    stages = (Stage("fused", 3, 2, 2, 32, 1), Stage("mbconv", 3, 2, 4, 96, 2, 0.25))
    classifier = Classifier(create_model(ModelConfig("wide", stages=stages, stem=16, head=1024), num_classes=3))
    rng = np.random.default_rng(0)
    for weight in classifier.network.weights:
        if "moving_variance" in weight.path or "gamma" in weight.path:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif "moving_mean" in weight.path or "beta" in weight.path:
            weight.assign(rng.normal(0, 0.2, weight.shape))
    classifier.network.layers[-1].kernel.assign(rng.normal(0, 0.2, (1024, 3)))
    return classifier


def probabilities_of(classifier, images):
    logits = np.asarray(classifier(images.astype("float32")), np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def served(folder, signature, **inputs):
    with ServedSession(folder) as session:
        return session.run(signature, inputs)


def test_folding_and_freezing_change_no_probability(wide, images):
    done = deploy(make_subject(wide, None, 32), "float32", **PLAIN)
    assert (done.variables, done.num_normalisations, done.is_frozen, done.notes) == ((), 0, True, ())
    [got] = done.score(tf.constant(images, tf.float32))
    np.testing.assert_allclose(got, probabilities_of(wide, images), atol=1e-5)


def test_weights_are_stored_once_though_four_signatures_use_them(wide, tmp_path):
    export_saved_model(wide, tmp_path, image_size=32, serving=Serving(batch_sizes=()))
    weights = 4 * 225_507
    assert weights < (tmp_path / "1" / "saved_model.pb").stat().st_size < weights + 700_000


def test_bfloat16_inside_is_float32_outside_in_half_the_bytes(wide, images, tmp_path):
    export_saved_model(wide, tmp_path, image_size=32, precision="bfloat16", serving=Serving(batch_sizes=(1, 3)))
    got = served(tmp_path / "1", "serving_images", images=images.astype("float32"))["probabilities"]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, probabilities_of(wide, images), atol=2e-2)
    weights = 2 * (225_507 - 3_075) + 4 * 3_075  # the classifier's stay float32
    assert weights < (tmp_path / "1" / "saved_model.pb").stat().st_size < weights + 700_000


def test_bfloat16_is_what_convolutions_compute_in(wide):
    function = deploy(make_subject(wide, None, 32), "bfloat16", **{**PLAIN, "freeze": False}).score
    nodes = function.get_concrete_function().graph.as_graph_def().node
    kinds = {(node.op, tf.as_dtype(node.attr["T"].type).name) for node in nodes if node.op in ("Conv2D", "MatMul")}
    assert kinds == {("Conv2D", "bfloat16"), ("MatMul", "bfloat16"), ("MatMul", "float32")}


def test_squeeze_excite_is_made_of_matrix_products_and_pixels_are_not_divided(wide):
    function = deploy(make_subject(wide, None, 32), "float32", **{**PLAIN, "freeze": False}).score
    count = Counter(node.op for node in function.get_concrete_function().graph.as_graph_def().node)
    assert count["Conv2D"] == 8  # stem, head, two of the fused block, expansion and projection of two blocks
    assert count["MatMul"] == 5  # two in each of two blocks, and the classifier
    assert count["RealDiv"] == 0


def test_weights_that_no_graph_can_hold_stay_variables(wide, monkeypatch):
    monkeypatch.setattr(deploying, "LARGEST_FROZEN", 900_000)
    done = deploy(make_subject(wide, None, 32), "float32", **PLAIN)
    assert not done.is_frozen
    assert sum(variable.shape.num_elements() for variable in done.variables) == 225_507
    assert done.notes == ("weights stayed variables: 0.00 GB, and a graph may hold 0.0009",)


@pytest.mark.parametrize(
    ("freeze", "largest", "is_frozen"),
    [
        (None, 902_028, True),
        (None, 902_027, False),
        (True, 902_027, True),
        (False, 902_028, False),
    ],
)
def test_weights_become_constants_up_to_a_size_or_as_asked(wide, monkeypatch, freeze, largest, is_frozen):
    monkeypatch.setattr(deploying, "LARGEST_FROZEN_UNASKED", largest)  # 4 bytes each of 225,507
    done = deploy(make_subject(wide, None, 32), "float32", **{**PLAIN, "freeze": freeze})
    assert done.is_frozen == is_frozen
    assert bool(done.notes) == (freeze is None and not is_frozen)


def test_variables_that_nobody_asked_for_are_said(wide, monkeypatch):
    monkeypatch.setattr(deploying, "LARGEST_FROZEN_UNASKED", 900_000)
    assert deploy(make_subject(wide, None, 32), "float32", **{**PLAIN, "freeze": None}).notes == (
        "weights stayed variables: 0.00 GB, and as constants, more than 0.0009 would cost a server much memory; "
        "`Serving(freeze=True)` makes them constants",
    )


def test_a_network_as_large_as_s_is_frozen_unasked_and_m_is_not():
    # trainable parameters (facts 1.1), a few more than their folded twins have
    assert 4 * 21_458_488 < deploying.LARGEST_FROZEN_UNASKED < 4 * 54_139_356


def test_a_normalisation_that_follows_no_convolution_stays_and_is_said(images):
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.BatchNormalization()(inputs))
    network = keras.Model(inputs, keras.layers.Dense(3)(x))
    done = deploy(make_subject(network, None, None), "float32", **PLAIN)
    assert done.notes == ("1 batch normalisations follow no convolution directly and were not folded",)
    np.testing.assert_allclose(
        done.score(tf.constant(images, tf.float32))[0], tf.nn.softmax(network(images)), atol=1e-5
    )


def test_a_network_trained_in_mixed_precision_is_served_in_float32(tiny_model_file, images):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = create_model(tiny_model_file, num_classes=3)
    finally:
        keras.config.set_dtype_policy("float32")
    function = deploy(make_subject(network, None, 32), "float32", **{**PLAIN, "freeze": False}).score
    nodes = function.get_concrete_function().graph.as_graph_def().node
    assert {tf.as_dtype(node.attr["T"].type).name for node in nodes if node.op == "Conv2D"} == {"float32"}
    np.testing.assert_allclose(function(tf.constant(images, tf.float32))[0], tf.nn.softmax(network(images)), atol=2e-2)


def test_a_network_that_is_no_graph_of_layers_cannot_change_its_precision():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3)

        def call(self, x):
            return self.dense(keras.ops.mean(x, axis=(1, 2)))

    network = Own()
    network(np.zeros((1, 32, 32, 3), "float32"))
    subject = Subject(network, network, "logits", ("a", "b", "c"), 32, "photos")
    with pytest.raises(UsageError, match="Only a functional network can be exported in bfloat16 or with features"):
        deploy(subject, "bfloat16", **PLAIN)
    assert deploy(subject, "float32", **PLAIN).notes == (
        "batch normalisation was not folded: the network is no graph of layers",
    )

import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras import Classifier, create_model
from effnetv2_keras.configs import load_config
from effnetv2_keras.configs.weight_sets import get_weight_set
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.subject import make_subject, sample_images
from effnetv2_keras.models.weights.facts import make_facts, set_facts


def network(activation, side=32):
    inputs = keras.Input((side, side, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    return keras.Model(inputs, keras.layers.Dense(3, activation=activation, name="last")(pooled))


def test_logits_become_a_softmax(images):
    model = network(None)
    got = make_subject(model, None, None).probabilities(tf.constant(images))
    np.testing.assert_allclose(got, tf.nn.softmax(model(images)), atol=1e-6)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_probabilities_stay_as_they_are(images, activation):
    model = network(activation)
    got = make_subject(model, None, None).probabilities(tf.constant(images))
    np.testing.assert_allclose(got, model(images), atol=1e-6)


@pytest.mark.parametrize("count", [2, 4])
def test_refuses_labels_that_do_not_name_every_class(count):
    with pytest.raises(UsageError) as caught:
        make_subject(network(None), ["x"] * count, None)
    assert str(caught.value) == f"`labels` must name the 3 classes of the model. Got: {count} names."


def test_refuses_a_size_that_nobody_knows(tiny_model_file):
    with pytest.raises(UsageError) as caught:
        make_subject(Classifier(create_model(tiny_model_file, num_classes=3)), None, None)
    assert str(caught.value) == (
        "`image_size` must be given, since the model does not say at which size it works. Got: None."
    )


@pytest.mark.parametrize("size", [31, 0, -5])
def test_refuses_a_size_below_the_smallest(tiny_classifier, size):
    with pytest.raises(UsageError) as caught:
        make_subject(tiny_classifier, None, size)
    assert str(caught.value) == f"`image_size` must be at least 32 px. Got: {size}."


def test_refuses_a_size_that_the_network_cannot_take():
    with pytest.raises(UsageError) as caught:
        make_subject(network(None, side=48), None, 32)
    assert str(caught.value) == "`image_size` must be the 48 px that the network's input is fixed at. Got: 32."


def test_the_size_is_that_of_the_last_validation_before_that_of_the_last_phase(tiny_classifier):
    classifier = Classifier(tiny_classifier.network)
    classifier.knobs.image_size = 48
    assert make_subject(classifier, None, None).image_size == 48
    classifier.eval_size = 64
    assert make_subject(classifier, None, None).image_size == 64
    assert make_subject(classifier, None, 96).image_size == 96


def test_a_fixed_input_says_the_size():
    assert make_subject(network(None, side=40), None, None).image_size == 40


def test_a_published_network_has_a_size_of_its_own():
    assert make_subject(create_model("efficientnetv2-b0", num_classes=3), None, None).image_size == 224


@pytest.fixture
def known(tiny_model_file):
    """A tiny network that says it was given the weights which were measured at 475 px with V1's view."""
    config = load_config(tiny_model_file)
    network = create_model(config, num_classes=3)
    set_facts(network, make_facts(config, get_weight_set("efficientnet-l2", "noisy-student-475")))
    return network


def test_a_network_is_seen_as_its_released_weights_were(known):
    subject = make_subject(known, None, None)
    assert (subject.preprocessing, subject.image_size) == ("v1", 475)
    subject = make_subject(known, None, 64, "finetune")
    assert (subject.preprocessing, subject.image_size) == ("finetune", 64)


def test_a_classifier_is_seen_as_its_data_were(known):
    assert make_subject(Classifier(known), None, 64).preprocessing == "photos"


def test_the_sample_images_differ_and_fill_the_range():
    images = sample_images(32)
    assert images.shape == (2, 32, 32, 3)
    assert images.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 255)
    assert (images[0] != images[1]).any()

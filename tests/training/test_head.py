import keras
import pytest
from small_networks import plain_network

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.create import create_model
from effnetv2_keras.training.head import check_metrics, head_of, loss_for


@pytest.mark.parametrize(
    ("activation", "head"), [(None, "logits"), ("linear", "logits"), ("softmax", "softmax"), ("sigmoid", "sigmoid")]
)
def test_the_head_is_read_off_the_last_activation(activation, head):
    assert head_of(plain_network(activation=activation)) == head


def test_the_head_of_a_published_network_gives_logits():
    assert head_of(create_model("efficientnetv2-b0", num_classes=4)) == "logits"


def test_a_head_inside_another_model_is_found():
    images = keras.Input((None, None, 3))
    assert head_of(keras.Model(images, plain_network(activation="softmax")(images))) == "softmax"


def test_an_activation_that_is_no_head_is_refused():
    with pytest.raises(UsageError, match=r"must give logits .* Got: layer .* with relu."):
        head_of(plain_network(activation="relu"))


def test_a_network_without_a_classifier_is_refused():
    with pytest.raises(UsageError, match=r"must have shape \(B, classes\). Got: \(None, None, None, 1280\)."):
        head_of(create_model("efficientnetv2-b0", include_top=False))


@pytest.mark.parametrize(
    ("head", "kind", "from_logits"),
    [
        ("logits", keras.losses.CategoricalCrossentropy, True),
        ("softmax", keras.losses.CategoricalCrossentropy, False),
        ("sigmoid", keras.losses.BinaryCrossentropy, False),
    ],
)
def test_the_loss_follows_the_head(head, kind, from_logits):
    loss = loss_for(head, None)
    assert type(loss) is kind
    assert loss.from_logits is from_logits


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        ("logits", "categorical_crossentropy"),
        ("logits", "sparse_categorical_crossentropy"),
        ("logits", keras.losses.CategoricalCrossentropy()),
        ("softmax", keras.losses.CategoricalCrossentropy(from_logits=True)),
        ("sigmoid", keras.losses.BinaryCrossentropy(from_logits=True)),
    ],
)
def test_a_loss_that_contradicts_the_head_is_refused(head, loss):
    with pytest.raises(UsageError, match=f"must fit the head, which gives {head}: .* with from_logits="):
        loss_for(head, loss)


def test_a_sparse_loss_becomes_its_dense_twin():
    loss = loss_for("logits", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert type(loss) is keras.losses.CategoricalCrossentropy
    assert loss.from_logits is True


@pytest.mark.parametrize("metric", ["sparse_categorical_accuracy", keras.metrics.SparseCategoricalAccuracy()])
def test_metrics_of_class_numbers_are_refused(metric):
    with pytest.raises(UsageError, match="Metrics must take label rows"):
        check_metrics([metric])

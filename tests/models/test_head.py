import keras
import pytest
from small_networks import plain_network

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.create import create_model
from effnetv2_keras.models.head import head_of


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

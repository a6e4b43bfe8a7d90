import keras
import numpy as np
import pytest

from effnetv2_keras.configs import ModelConfig, Stage
from effnetv2_keras.models import create_model

# Source: google/automl, effnetv2_model_test.py, and facts 1.1.
# fmt: off
PUBLISHED = [
    # name                  total      trainable
    ("efficientnetv2-b0",  7_200_312,  7_139_704),
    ("efficientnetv2-b3", 14_467_622, 14_358_406),
    ("efficientnetv2-s",  21_612_360, 21_458_488),
    ("efficientnet-b0",    5_330_564,  5_288_548),
    ("efficientnet-b3",   12_320_528, 12_233_232),
]
# fmt: on

TINY = ModelConfig(
    name="tiny",
    stages=(Stage("fused", 3, 1, 1, 8, 1), Stage("fused", 3, 2, 2, 16, 2, 0.25), Stage("mbconv", 5, 2, 4, 24, 2, 0.25)),
    stem=8,
    head=32,
)


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.parametrize(("name", "total", "trainable"), PUBLISHED)
def test_parameters_are_the_published_ones(name, total, trainable):
    model = create_model(name)
    assert (model.count_params(), count(model.trainable_weights)) == (total, trainable)
    assert model.name == name


def test_any_config_gives_a_network():
    model = create_model(TINY, num_classes=5)
    logits = model(np.full((2, 32, 40, 3), 128, "uint8"))
    assert logits.shape == (2, 5)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"

import pytest

from effnetv2_keras import models
from effnetv2_keras.configs import list_configs
from effnetv2_keras.models import variants

FUNCTIONS = [name for name in vars(variants) if name.startswith("EfficientNet")]


def test_every_network_has_a_function():
    networks = [name for name in list_configs() if name.startswith("efficientnet")]
    assert [getattr(variants, name).args[0] for name in FUNCTIONS] == networks


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_on_the_front_of_the_room(name):
    assert getattr(models, name) is getattr(variants, name)


def test_a_function_takes_what_create_model_takes():
    model = models.EfficientNetV2B0(num_classes=10, activation="softmax", input_shape=(64, 64, 3))
    assert model.name == "efficientnetv2-b0"
    assert model.output_shape == (None, 10)

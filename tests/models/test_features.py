import keras
import numpy as np
import pytest

from effnetv2_keras.configs import ModelConfig, Stage
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models import create_model, features

# fmt: off
OURS = [
    #  name               channels at strides 2, 4, 8, 16, 32
    ("efficientnetv2-b0", [16, 32, 48, 112, 192]),
    ("efficientnetv2-s",  [24, 48, 64, 160, 256]),
    ("efficientnet-b0",   [16, 24, 40, 112, 320]),
    ("mobilenet-v2",      [16, 24, 32,  96, 320]),
    ("resnet-50",         [64, 256, 512, 1024, 2048]),
]
THEIRS = [
    ("MobileNet",         [64, 128, 256, 512, 1024]),
    ("MobileNetV2",       [16, 24, 32,  96, 320]),
    ("MobileNetV3Small",  [16, 16, 24,  48,  96]),
    ("MobileNetV3Large",  [16, 24, 40, 112, 160]),
    ("ResNet50",          [64, 256, 512, 1024, 2048]),
    ("ResNet101",         [64, 256, 512, 1024, 2048]),
    ("ResNet50V2",        [64, 256, 512, 1024, 2048]),
    ("EfficientNetV2B0",  [16, 32, 48, 112, 192]),
    ("EfficientNetB0",    [16, 24, 40, 112, 320]),
]
# fmt: on


@pytest.mark.parametrize(("name", "channels"), OURS)
def test_levels_are_at_strides_2_to_32(name, channels, images):
    maps = features(create_model(name, num_classes=3))(images(96, 160))
    assert [one.shape[1:] for one in maps] == [
        (96 >> level, 160 >> level, count) for level, count in enumerate(channels, start=1)
    ]


@pytest.mark.parametrize(("name", "channels"), THEIRS)
def test_networks_of_keras_applications_take_the_same_call(name, channels, images):
    model = getattr(keras.applications, name)(weights=None, include_top=False)
    maps = features(model)(images(96, 160))
    assert [one.shape[1:] for one in maps] == [
        (96 >> level, 160 >> level, count) for level, count in enumerate(channels, start=1)
    ]


@pytest.mark.parametrize("size", [(97, 133), (33, 64), (224, 100)])
def test_any_input_size(size, images):
    maps = features(create_model("efficientnetv2-b0"))(images(*size))
    expected = [(-(-size[0] // 2**level), -(-size[1] // 2**level)) for level in (1, 2, 3, 4, 5)]
    assert [tuple(one.shape[1:3]) for one in maps] == expected


def test_levels_come_in_the_order_asked_for():
    found = features(create_model("efficientnetv2-b0"), levels=(5, 2))
    assert [one.shape[-1] for one in found.outputs] == [192, 32]


def test_a_classifier_on_top_makes_no_difference(images):
    with_top, without = create_model("efficientnetv2-b0"), create_model("efficientnetv2-b0", include_top=False)
    without.set_weights(with_top.get_weights()[:-2])
    ours, theirs = features(with_top, (5,))(images(64, 64)), features(without, (5,))(images(64, 64))
    np.testing.assert_array_equal(ours, theirs)


def test_weights_are_shared():
    model = create_model("efficientnetv2-b0")
    assert features(model).get_layer("stem") is model.get_layer("stem")


def test_a_static_input_size_is_no_hindrance():
    model = keras.applications.MobileNetV2(weights=None, input_shape=(160, 160, 3))
    assert [one.shape[1] for one in features(model).outputs] == [80, 40, 20, 10, 5]


def test_the_last_block_is_taken_not_the_head():
    assert features(create_model("efficientnetv2-s"), (5,)).layers[-1].name == "stage6_block15"


def test_a_level_that_is_not_there_is_refused():
    shallow = ModelConfig("shallow", (Stage("mbconv", 3, 2, 4, 16, 1),), stem=8)
    with pytest.raises(UsageError, match=r"`levels` of shallow must be of \[1, 2\]\. Got: \[2, 3\]\."):
        features(create_model(shallow), levels=(2, 3))


def test_no_level_is_refused():
    with pytest.raises(UsageError, match="`levels` must name at least one level"):
        features(create_model("efficientnetv2-b0"), levels=())


def test_a_model_that_is_not_functional_is_refused():
    class Own(keras.Model):
        pass

    with pytest.raises(UsageError, match="`model` must be a functional network"):
        features(Own())

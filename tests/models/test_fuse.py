import keras
import numpy as np
import pytest

from effnetv2_keras.configs import ModelConfig, Stage, lite
from effnetv2_keras.configs.registry import get_config, list_configs
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models import create_model, features, fuse
from effnetv2_keras.models.fuse import num_normalisations

HEAVY = {"b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "m", "l", "xl", "l2"}
VARIANTS = [
    pytest.param(name, marks=pytest.mark.slow if name.rpartition("-")[2] in HEAVY or "lite" in name else ())
    for name in list_configs()
    if name != "efficientnet-l2"  # 480 million parameters, twice: more memory than a small machine has
]

# fmt: off
USERS = {
    "everything": ModelConfig(
        "everything",
        (
            Stage("fused",      5, 1, 1,    16, 2, 0.25),
            Stage("fused",      3, 2, 4,    24, 2, 0.25),
            Stage("mbconv",     7, 2, 1,    32, 2, 0.5),
            Stage("bottleneck", 3, 2, 0.25, 64, 2, 0.25),
        ),
        stem=16, head=None, activation="hard_swish", padding="torch", bn_epsilon=1e-5, pixels="none",
    ),
    "lite": lite(get_config("efficientnetv2-b0")),
}
# fmt: on


@pytest.mark.parametrize("name", VARIANTS)
def test_logits_of_every_variant_stay(name, perturb, images, relative_error):
    model = perturb(create_model(name, num_classes=10))
    twin = fuse(model)
    assert num_normalisations(model) > 0
    assert num_normalisations(twin) == 0
    x = images(64, 64)
    assert relative_error(twin(x), model(x)) < 1e-5


@pytest.mark.parametrize("for_server", [False, True])
@pytest.mark.parametrize("name", USERS)
def test_logits_of_user_configs_stay(name, for_server, perturb, images, relative_error):
    model = perturb(create_model(USERS[name], num_classes=10))
    twin = fuse(model, for_server=for_server)
    assert num_normalisations(twin) == 0
    x = images(65, 97)
    assert relative_error(twin(x), model(x)) < 1e-5


@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV2", "MobileNetV3Small", "ResNet50", "EfficientNetV2B0"])
def test_networks_of_keras_applications_fold_too(name, perturb, images, relative_error):
    model = perturb(getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(64, 64, 3)))
    twin = fuse(model)
    assert num_normalisations(twin) == 0
    x = images(64, 64)
    assert relative_error(twin(x), model(x)) < 1e-5


# fmt: off
#            deviations of the formula (facts 1.4)
DEVIATION = {
    "symmetric": [128.0, 128.0, 128.0],
    "imagenet":  [58.395, 57.12, 57.375],
    "caffe":     [1.0, 1.0, 1.0],
}
# fmt: on


@pytest.mark.parametrize("padding", ["tf", "torch"])
@pytest.mark.parametrize("pixels", DEVIATION)
def test_the_division_of_pixels_moves_into_the_stem_and_borders_stay(pixels, padding, perturb, images, relative_error):
    stages = (Stage("mbconv", 3, 2, 2, 8, 1, 0.25),)
    model = create_model(
        ModelConfig("small", stages, stem=8, head=None, pixels=pixels, padding=padding), include_top=False
    )
    perturb(model).get_layer("stem").norm.moving_variance.assign([1.0 - 1e-3] * 8)  # with epsilon: one
    model.get_layer("stem").norm.gamma.assign([1.0] * 8)
    twin = fuse(model, for_server=True)
    divided = np.asarray(model.get_layer("stem").conv.kernel) / np.array(DEVIATION[pixels])[:, None]
    np.testing.assert_allclose(twin.get_layer("stem").conv.kernel, divided, rtol=1e-5)
    assert relative_error(twin(images(33, 46)), model(images(33, 46))) < 1e-5


def test_pixels_that_two_layers_read_are_divided_where_they_were(perturb, images, relative_error):
    network = create_model(ModelConfig("small", (Stage("mbconv", 3, 2, 2, 8, 1),), stem=8, head=None), num_classes=3)
    seen = keras.Model(network.input, [network.output, network.get_layer("pixels").output])
    logits, pixels = fuse(perturb(seen), for_server=True)(images(32, 32))
    np.testing.assert_allclose(pixels, images(32, 32) / 128.0 - 1.0, atol=1e-6)
    assert relative_error(logits, network(images(32, 32))) < 1e-5


def test_a_decoder_around_a_network_folds_with_it(perturb, images, relative_error):
    backbone = features(create_model("efficientnetv2-b0"), levels=(3,))
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, padding="same", use_bias=False)(backbone(inputs))
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    model = perturb(keras.Model(inputs, keras.layers.Conv2D(1, 1)(x)))
    twin = fuse(model)
    assert num_normalisations(twin) == 0
    assert relative_error(twin(images(64, 96)), model(images(64, 96))) < 1e-5


def test_a_normalisation_without_a_convolution_in_front_stays(perturb, images, relative_error):
    inputs = keras.Input((None, None, 3))
    x = keras.layers.BatchNormalization()(inputs)
    activated = keras.layers.Conv2D(4, 3, activation="relu")(x)
    read_twice = keras.layers.Conv2D(4, 1)(keras.layers.BatchNormalization()(activated))
    model = perturb(keras.Model(inputs, read_twice + keras.layers.BatchNormalization()(read_twice)))
    twin = fuse(model)
    assert num_normalisations(twin) == 3
    assert relative_error(twin(images(32, 32)), model(images(32, 32))) < 1e-5


def test_the_twin_is_saved_and_loaded(tmp_path, perturb, images):
    twin = fuse(perturb(create_model("efficientnetv2-b0", num_classes=3)))
    twin.save(tmp_path / "twin.keras")
    loaded = keras.saving.load_model(tmp_path / "twin.keras")
    assert num_normalisations(loaded) == 0
    np.testing.assert_array_equal(loaded(images(64, 64)), twin(images(64, 64)))


def test_the_original_is_left_alone(perturb, images):
    model = perturb(create_model("efficientnetv2-b0", num_classes=3))
    model.compile("sgd", "mse")
    before = model(images(64, 64))
    twin = fuse(model)
    twin.set_weights([0 * weight for weight in twin.get_weights()])
    np.testing.assert_array_equal(model(images(64, 64)), before)
    assert not twin.compiled


def test_folding_twice_changes_nothing(images):
    once = fuse(create_model("efficientnetv2-b0", num_classes=3))
    np.testing.assert_array_equal(fuse(once)(images(64, 64)), once(images(64, 64)))


def test_a_model_that_is_not_functional_is_refused():
    class Own(keras.Model):
        pass

    with pytest.raises(UsageError, match=r"`model` must be a functional network"):
        fuse(Own())

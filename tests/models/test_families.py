"""MobileNetV2 and ResNet-50 as rows, against keras.applications with the same weights."""

import keras
import numpy as np
import pytest

from effnetv2_keras.configs import get_config, profile, scale
from effnetv2_keras.models import create_model


def layers_by_name(model):
    return {layer.name: layer for layer in model._flatten_layers()}


def test_mobilenet_v2_has_their_parameters():
    assert create_model("mobilenet-v2").count_params() == keras.applications.MobileNetV2(weights=None).count_params()
    assert profile("mobilenet-v2").total.parameters == 3_538_984


def test_resnet_50_has_their_parameters_but_for_a_bias_in_front_of_every_normalisation():
    theirs = keras.applications.ResNet50(weights=None)
    biases = sum(
        layer.bias.shape[0] for layer in theirs.layers if isinstance(layer, keras.layers.Conv2D) and layer.use_bias
    )
    assert biases == 26_560
    assert create_model("resnet-50").count_params() == theirs.count_params() - 26_560
    assert profile("resnet-50").total.parameters == 25_610_152


@pytest.mark.parametrize("size", [64, 97])
def test_mobilenet_v2_gives_their_logits(size, perturb, images, relative_error):
    theirs = perturb(
        keras.applications.MobileNetV2(
            weights=None, input_shape=(size, size, 3), classes=10, classifier_activation=None
        )
    )
    ours = create_model("mobilenet-v2", num_classes=10)
    mine, parts = layers_by_name(ours), {"stem": ("Conv1", "bn_Conv1"), "head": ("Conv_1", "Conv_1_bn")}
    for number, block in enumerate(get_config("mobilenet-v2").blocks()):
        prefix = f"block_{number}_" if number else "expanded_conv_"
        parts |= {f"{block.name}_{part}": (prefix + part, f"{prefix}{part}_BN") for part in block.convs()}
    for part, (conv, bn) in parts.items():
        mine[f"{part}_conv"].set_weights(theirs.get_layer(conv).get_weights())
        mine[f"{part}_bn"].set_weights(theirs.get_layer(bn).get_weights())
    mine["logits"].set_weights(theirs.get_layer("predictions").get_weights())
    x = images(size, size)
    expected = theirs(keras.applications.mobilenet_v2.preprocess_input(x.copy()))
    assert relative_error(ours(x), expected) < 1e-4


@pytest.mark.parametrize("size", [64, 97])
def test_resnet_50_gives_their_logits(size, perturb, images, relative_error):
    theirs = perturb(
        keras.applications.ResNet50(weights=None, input_shape=(size, size, 3), classes=10, classifier_activation=None)
    )
    ours = create_model("resnet-50", num_classes=10)
    mine, parts = layers_by_name(ours), {"stem": "conv1"}
    suffix = {"shortcut": 0, "reduce": 1, "spatial": 2, "project": 3}
    for block in get_config("resnet-50").blocks():
        stage, number = (int(part.lstrip("stageblock")) for part in block.name.split("_"))
        parts |= {f"{block.name}_{part}": f"conv{stage + 1}_block{number}_{suffix[part]}" for part in block.convs()}
    for part, prefix in parts.items():
        kernel, bias = theirs.get_layer(f"{prefix}_conv").get_weights()
        gamma, beta, mean, variance = theirs.get_layer(f"{prefix}_bn").get_weights()
        mine[f"{part}_conv"].set_weights([kernel])
        mine[f"{part}_bn"].set_weights([gamma, beta, mean - bias, variance])
    mine["logits"].set_weights(theirs.get_layer("predictions").get_weights())
    x = images(size, size)
    expected = theirs(keras.applications.resnet.preprocess_input(x.copy()))
    assert relative_error(ours(x), expected) < 1e-4


@pytest.mark.parametrize(
    ("name", "channels", "layers"),
    [
        ("mobilenet-v2", [24, 40, 48, 96, 144, 240, 480], [2, 3, 5, 6, 5, 5, 2]),
        ("resnet-50", [384, 768, 1536, 3072], [5, 6, 9, 5]),
    ],
)
def test_compound_scaling_applies(name, channels, layers, images):
    scaled = scale(get_config(name), width=1.5, depth=1.5, image_size=256)
    assert [stage.channels for stage in scaled.stages] == channels
    assert [stage.layers for stage in scaled.stages] == layers
    assert (scaled.eval_size, scaled.train_size) == (256, 192)


def test_a_narrow_scaled_family_runs(images):
    narrow = scale(get_config("resnet-50"), width=0.25, depth=0.5)
    assert np.isfinite(create_model(narrow, num_classes=3)(images(33, 47))).all()

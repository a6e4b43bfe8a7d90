"""Networks of timm against ours, with the same weights. The answers of timm are stored: see make_timm_logits.py."""

import importlib.util
import json
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from effnetv2_keras.configs import get_config, lite
from effnetv2_keras.models import create_model

GOLDENS = Path(__file__).parents[1] / "goldens"
TORCH = {"padding": "torch", "bn_epsilon": 1e-5, "pixels": "imagenet"}

# fmt: off
NETWORKS = {
    "tf_efficientnetv2_b0":  get_config("efficientnetv2-b0"),
    "tf_efficientnetv2_s":   get_config("efficientnetv2-s"),
    "tf_efficientnet_b0":    get_config("efficientnet-b0"),
    "tf_efficientnet_lite0": lite(get_config("efficientnet-b0")),
    "efficientnet_b0":       get_config("efficientnet-b0").replace(**TORCH),
    "mobilenetv2_100":       get_config("mobilenet-v2").replace(**TORCH),
}
SLOW = {
    "tf_efficientnetv2_b1":  get_config("efficientnetv2-b1"),
    "tf_efficientnetv2_b2":  get_config("efficientnetv2-b2"),
    "tf_efficientnetv2_b3":  get_config("efficientnetv2-b3"),
    "tf_efficientnetv2_m":   get_config("efficientnetv2-m"),
    "tf_efficientnetv2_l":   get_config("efficientnetv2-l"),
    "tf_efficientnetv2_xl":  get_config("efficientnetv2-xl"),
    "tf_efficientnet_b3":    get_config("efficientnet-b3"),
    "tf_efficientnet_b7":    get_config("efficientnet-b7"),
    "tf_efficientnet_b8":    get_config("efficientnet-b8"),
}
# fmt: on
ALL = [
    *(pytest.param(name, config, id=name) for name, config in NETWORKS.items()),
    *(pytest.param(name, config, id=name, marks=pytest.mark.slow) for name, config in SLOW.items()),
]


@pytest.fixture(scope="module")
def timm():
    """The module that drew timm's weights and images."""
    spec = importlib.util.spec_from_file_location("make_timm_logits", GOLDENS / "make_timm_logits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def answers():
    return json.loads((GOLDENS / "timm_logits.json").read_text())


def their_names(config):
    """Returns what timm calls each of our layers: `stage3_block2_expand_conv` -> `blocks.2.1.conv_pw`."""
    names = {
        **{"stem_conv": "conv_stem", "stem_bn": "bn1", "head_conv": "conv_head", "head_bn": "bn2"},
        "logits": "classifier",
    }
    for block in config.blocks():
        stage, number = (int(part.lstrip("stageblock")) - 1 for part in block.name.split("_"))
        prefix = f"blocks.{stage}.{number}."
        convs = {
            ("mbconv", True): ("conv_pw", "conv_dw", "conv_pwl"),
            ("mbconv", False): ("conv_dw", "conv_pw"),
            ("fused", True): ("conv_exp", "conv_pwl"),
            ("fused", False): ("conv",),
        }[block.operator, block.has_expansion]
        for index, (part, conv) in enumerate(zip(block.convs(), convs, strict=True), start=1):
            names[f"{block.name}_{part}_conv"] = prefix + conv
            names[f"{block.name}_{part}_bn"] = f"{prefix}bn{index}"
        for part in ("reduce", "expand"):
            names[f"{block.name}_se_{part}_conv"] = f"{prefix}se.conv_{part}"
    return names


def draw_like_timm(layer, name, draw):
    """Returns the weights that timm's layer `name` has, in Keras's layout."""
    if isinstance(layer, keras.layers.BatchNormalization):
        shape = tuple(layer.gamma.shape)
        return [draw(f"{name}.{part}", shape) for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = tuple(layer.kernel.shape)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        weights = [draw(f"{name}.weight", (kernel[2], 1, *kernel[:2])).transpose(2, 3, 0, 1)]
    elif isinstance(layer, keras.layers.Dense):
        weights = [draw(f"{name}.weight", kernel[::-1]).T]
    else:
        weights = [draw(f"{name}.weight", (kernel[3], kernel[2], *kernel[:2])).transpose(2, 3, 1, 0)]
    return [*weights, draw(f"{name}.bias", kernel[-1:])] if layer.use_bias else weights


@pytest.mark.parametrize(("name", "config"), ALL)
def test_logits_are_those_of_timm(name, config, timm, answers, relative_error):
    model = create_model(config, num_classes=timm.NUM_CLASSES)
    names = their_names(config)
    for layer in model._flatten_layers():
        if layer.weights and isinstance(
            layer,
            (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense, keras.layers.BatchNormalization),
        ):
            layer.set_weights(draw_like_timm(layer, names[layer.name], partial(timm.draw, gain=timm.NETWORKS[name][1])))
    for size in timm.SIZES:
        expected = np.array(answers[name][str(size)])
        assert np.std(expected) > 0.05
        assert relative_error(model(timm.images(size)), expected) < 1e-4

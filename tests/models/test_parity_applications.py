"""Networks of keras.applications with random weights, against ours with the same weights."""

import keras
import numpy as np
import pytest

from effnetv2_keras.configs import get_config
from effnetv2_keras.models import create_model

slow = pytest.mark.slow

# fmt: off
NETWORKS = [
    #     ours                  theirs             sizes
    pytest.param("efficientnetv2-b0", "EfficientNetV2B0", (64, 97)),
    pytest.param("efficientnetv2-b1", "EfficientNetV2B1", (64, 97)),
    pytest.param("efficientnetv2-b2", "EfficientNetV2B2", (64, 97), marks=slow),
    pytest.param("efficientnetv2-b3", "EfficientNetV2B3", (64, 97), marks=slow),
    pytest.param("efficientnetv2-s",  "EfficientNetV2S",  (64, 97)),
    pytest.param("efficientnetv2-m",  "EfficientNetV2M",  (64, 97), marks=slow),
    pytest.param("efficientnetv2-l",  "EfficientNetV2L",  (64, 97), marks=slow),
    pytest.param("efficientnet-b0",   "EfficientNetB0",   (64, 97)),
    pytest.param("efficientnet-b1",   "EfficientNetB1",   (64, 97), marks=slow),
    pytest.param("efficientnet-b2",   "EfficientNetB2",   (64, 97), marks=slow),
    pytest.param("efficientnet-b3",   "EfficientNetB3",   (64, 97)),
    pytest.param("efficientnet-b4",   "EfficientNetB4",   (64, 97), marks=slow),
    pytest.param("efficientnet-b5",   "EfficientNetB5",   (64, 97), marks=slow),
    pytest.param("efficientnet-b6",   "EfficientNetB6",   (64, 97), marks=slow),
    pytest.param("efficientnet-b7",   "EfficientNetB7",   (64, 97), marks=slow),
]
# fmt: on


def their_parts(name):
    """Returns what keras.applications calls the parts, by our names: `stage2_block1_expand` -> `block2a_expand_`."""
    parts = {"stem": ("stem_conv", "stem_bn"), "head": ("top_conv", "top_bn")}
    is_v1 = name.startswith("efficientnet-")
    for block in get_config(name).blocks():
        stage, number = (int(part.lstrip("stageblock")) for part in block.name.split("_"))
        theirs = f"block{stage}{chr(ord('a') + number - 1)}_"
        for part in block.convs():
            conv, bn = {
                "expand": ("expand_conv", "expand_bn"),
                "depthwise": ("dwconv" if is_v1 else "dwconv2", "bn"),
                "project": ("project_conv", "project_bn"),
            }[part]
            parts[f"{block.name}_{part}"] = (theirs + conv, theirs + bn)
        if block.se:
            for part in ("reduce", "expand"):
                parts[f"{block.name}_se_{part}"] = (f"{theirs}se_{part}", None)
    return parts


def copy_weights(theirs, ours, parts):
    """Gives `ours` the weights of `theirs`; every one of them must have a place."""
    mine = {layer.name: layer for layer in ours._flatten_layers()}
    mine["logits"].set_weights(theirs.get_layer("predictions").get_weights())
    copied = 2
    for part, (conv, bn) in parts.items():
        mine[f"{part}_conv"].set_weights(theirs.get_layer(conv).get_weights())
        copied += len(theirs.get_layer(conv).weights)
        if bn:
            mine[f"{part}_bn"].set_weights(theirs.get_layer(bn).get_weights())
            copied += 4
    assert copied == len(ours.weights)


def set_imagenet_statistics(theirs):
    """V1's normalisation comes without numbers when it comes without weights."""
    for layer in theirs.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.input_mean is None:
            layer.adapt_mean.assign(np.array([0.485, 0.456, 0.406]))
            layer.adapt_variance.assign(np.array([0.229, 0.224, 0.225]) ** 2)
            layer.finalize_state()


def build_theirs(name, size):
    theirs = getattr(keras.applications, name)(
        weights=None, input_shape=(size, size, 3), classes=10, classifier_activation=None
    )
    set_imagenet_statistics(theirs)
    return theirs


@pytest.mark.parametrize(("name", "theirs", "sizes"), NETWORKS)
def test_logits_are_those_of_keras_applications(name, theirs, sizes, perturb, images, relative_error):
    ours = create_model(name, num_classes=10)
    for size in sizes:
        reference = perturb(build_theirs(theirs, size))
        copy_weights(reference, ours, their_parts(name))
        x = images(size, size)
        assert relative_error(ours(x), reference(x)) < 1e-4


@pytest.mark.parametrize(
    ("name", "theirs", "our_last", "their_last", "our_head", "their_head"),
    [
        # keras.applications divides by a number of blocks that ignores the depth of B1, and leaves B2's dropout at 0.2.
        ("efficientnetv2-b0", "EfficientNetV2B0", 0.1905, 0.1905, 0.2, 0.2),
        ("efficientnetv2-b1", "EfficientNetV2B1", 0.1926, 0.2476, 0.2, 0.2),
        ("efficientnetv2-b2", "EfficientNetV2B2", 0.1929, 0.2571, 0.3, 0.2),
        ("efficientnetv2-b3", "EfficientNetV2B3", 0.1938, 0.2952, 0.3, 0.2),
        pytest.param("efficientnetv2-m", "EfficientNetV2M", 0.1965, 0.1965, 0.3, 0.2, marks=pytest.mark.slow),
        pytest.param("efficientnetv2-l", "EfficientNetV2L", 0.1975, 0.1975, 0.4, 0.2, marks=pytest.mark.slow),
    ],
)
def test_drop_rates_differ_on_purpose(name, theirs, our_last, their_last, our_head, their_head):
    reference = build_theirs(theirs, 64)
    their_rates = [layer.rate for layer in reference.layers if isinstance(layer, keras.layers.Dropout)]
    ours = create_model(name)
    last = [layer for layer in ours._flatten_layers() if layer.name.endswith("_drop_path")][-1]
    assert last.rate * last.position == pytest.approx(our_last, abs=5e-5)
    assert their_rates[-2] == pytest.approx(their_last, abs=5e-5)
    assert ours.get_layer("dropout").rate == our_head
    assert their_rates[-1] == their_head

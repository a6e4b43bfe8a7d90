"""The details of facts 1.2, each against the released value."""

import keras
import numpy as np
import pytest

from effnetv2_keras.models import create_model


def layers_by_name(model):
    return {layer.name: layer for layer in model._flatten_layers()}


@pytest.fixture(scope="module")
def s():
    keras.utils.set_random_seed(0)
    return layers_by_name(create_model("efficientnetv2-s"))


@pytest.mark.parametrize(
    ("layer", "deviation"),
    [
        # sqrt(2 / (kernel height * kernel width * outputs)); one output for a depthwise kernel
        ("stem_conv", 0.0962),
        ("stage2_block2_expand_conv", 0.0340),
        ("stage4_block2_depthwise_conv", 0.4714),
        ("stage4_block2_project_conv", 0.1250),
        ("stage4_block2_se_reduce_conv", 0.2500),
        ("stage4_block2_se_expand_conv", 0.0625),
        ("head_conv", 0.0395),
    ],
)
def test_kernels_are_drawn_as_released(s, layer, deviation):
    kernel = keras.ops.convert_to_numpy(s[layer].kernel)
    assert np.std(kernel) == pytest.approx(deviation, rel=0.05)
    assert abs(np.mean(kernel)) < 0.1 * deviation


def test_kernels_are_not_truncated(s):
    kernel = keras.ops.convert_to_numpy(s["head_conv"].kernel)
    assert np.abs(kernel).max() > 3.5 * np.std(kernel)


def test_the_classifier_is_drawn_uniformly(s):
    kernel = keras.ops.convert_to_numpy(s["logits"].kernel)
    assert 0.0315 < kernel.max() < 0.03163
    assert -0.03163 < kernel.min() < -0.0315
    assert np.std(kernel) == pytest.approx(0.01826, rel=0.01)
    assert not keras.ops.convert_to_numpy(s["logits"].bias).any()


def test_v2_normalises_with_the_released_numbers(s):
    assert (s["stem_bn"].epsilon, s["stem_bn"].momentum) == (1e-3, 0.9)


def test_v1_normalises_with_the_released_numbers():
    norm = layers_by_name(create_model("efficientnet-b0"))["stem_bn"]
    assert (norm.epsilon, norm.momentum) == (1e-3, 0.99)


def test_only_squeeze_and_excitation_and_the_classifier_have_biases(s):
    biased = {name for name, layer in s.items() if getattr(layer, "use_bias", False)}
    assert {name for name in biased if "_se_" not in name} == {"logits"}
    assert len(biased) == 2 * 30 + 1


@pytest.mark.parametrize(
    ("block", "rate"),
    [
        # 0.2 * i / n over all 40 blocks; None where there is no shortcut
        ("stage1_block1", 0.0),
        ("stage1_block2", 0.005),
        ("stage2_block1", None),
        ("stage2_block2", 0.015),
        ("stage4_block2", 0.055),
        ("stage6_block15", 0.195),
    ],
)
def test_drop_rates_rise_over_the_whole_net(s, block, rate):
    layer = s[block].stochastic_depth
    assert rate == (layer and pytest.approx(layer.rate * layer.position))


def test_a_fused_block_without_expansion_is_one_activated_convolution(s):
    (unit,) = s["stage1_block1"].units.values()
    assert (unit.spec.kernel, unit.spec.activation) == (3, "silu")


def test_the_last_convolution_of_a_block_is_not_activated(s):
    assert s["stage2_block2"].units["project"].spec.activation is None
    assert s["stage4_block2"].units["project"].spec.activation is None


def test_squeeze_width_is_a_quarter_of_the_blocks_input(s):
    assert s["stage4_block1"].squeeze_excite.width == 16
    assert s["stage6_block2"].squeeze_excite.width == 64

import numpy as np

from effnetv2_keras.layers.fused_mbconv import FusedMBConv


def test_expansion_and_spatial_filter_are_one_convolution(block):
    layer = FusedMBConv(block("fused", kernel=5))
    assert {part: (unit.spec.kernel, unit.spec.channels) for part, unit in layer.units.items()} == {
        "expand": (5, 32),
        "project": (1, 8),
    }


def test_expansion_one_is_a_single_convolution(block):
    layer = FusedMBConv(block("fused", expand=1, stride=2))
    assert {part: (unit.spec.kernel, unit.spec.stride) for part, unit in layer.units.items()} == {"project": (3, 2)}


def test_squeeze_and_excitation_sits_between_the_convolutions(block, maps):
    layer = FusedMBConv(block("fused", se=0.25))
    layer(maps(1, 8, 8, 8))
    assert layer.squeeze_excite.channels == 32
    assert layer.squeeze_excite.width == 2


def test_without_expansion_it_excites_the_input(block):
    assert FusedMBConv(block("fused", expand=1, se=0.5)).squeeze_excite.channels == 8


def test_a_block_that_keeps_its_shape_has_a_shortcut(block, maps):
    layer = FusedMBConv(block("fused"))
    x = maps(2, 9, 7, 8)
    layer(x)
    layer.units["project"].norm.gamma.assign(np.zeros(8))
    np.testing.assert_allclose(layer(x), x, atol=1e-6)


def test_get_config_builds_it_again(block):
    layer = FusedMBConv(block("fused", se=0.25, activation="relu6"))
    assert FusedMBConv.from_config(layer.get_config()).spec == layer.spec

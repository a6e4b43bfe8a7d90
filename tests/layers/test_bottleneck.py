import numpy as np

from effnetv2_keras.layers.bottleneck import Bottleneck


def test_other_channels_project_the_shortcut(block):
    layer = Bottleneck(block("bottleneck", channels=32, expand=0.25, stride=2))
    assert {part: (u.spec.channels, u.spec.kernel, u.spec.stride) for part, u in layer.units.items()} == {
        "shortcut": (32, 1, 2),
        "reduce": (8, 1, 2),
        "spatial": (8, 3, 1),
        "project": (32, 1, 1),
    }


def test_equal_shapes_need_no_projection(block):
    assert "shortcut" not in Bottleneck(block("bottleneck", expand=0.25)).units


def test_the_sum_is_activated(block, maps):
    layer = Bottleneck(block("bottleneck", expand=0.25, activation="relu"))
    x = maps(2, 6, 6, 8)
    layer(x)
    layer.units["project"].norm.gamma.assign(np.zeros(8))
    np.testing.assert_allclose(layer(x), np.maximum(x, 0), atol=1e-6)


def test_the_shape_is_known_beforehand(block, maps):
    layer = Bottleneck(block("bottleneck", channels=32, expand=0.25, stride=2))
    assert layer.compute_output_shape((None, 9, None, 8)) == (None, 5, None, 32)
    assert layer(maps(1, 9, 8, 8)).shape == (1, 5, 4, 32)

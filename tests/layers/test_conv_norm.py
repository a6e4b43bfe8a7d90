import numpy as np
import pytest

from effnetv2_keras.configs.conv import Conv
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.conv_norm import ConvNorm


def conv(**changes):
    facts = {
        **{"name": "unit", "inputs": 3, "channels": 4, "kernel": 3, "stride": 2, "is_depthwise": False},
        **{"activation": None, "padding": "tf", "bn_epsilon": 1e-3, "bn_momentum": 0.9},
    }
    return Conv(**{**facts, **changes})


def identity_at(row, column):
    """Returns a kernel that copies one pixel of its window."""
    kernel = np.zeros((3, 3, 1, 1), "float32")
    kernel[row, column] = 1.0
    return kernel


@pytest.mark.parametrize(
    ("padding", "side", "first"),
    [
        # the row of the image that the window's centre sees first
        ("tf", 6, 1),  # TensorFlow pads an even side at the end only
        ("tf", 7, 0),
        ("torch", 6, 0),
        ("torch", 7, 0),
    ],
)
def test_both_paddings_start_where_their_framework_starts(padding, side, first):
    unit = ConvNorm(conv(inputs=1, channels=1, padding=padding), is_folded=True)
    x = np.arange(side, dtype="float32").reshape(1, side, 1, 1) * np.ones((1, 1, side, 1), "float32")
    unit(x)
    unit.conv.set_weights([identity_at(1, 1), np.zeros(1)])
    rows = np.asarray(unit(x))[0, :, 0, 0]
    assert rows.tolist() == list(range(first, side, 2))


@pytest.mark.parametrize("padding", ["tf", "torch"])
@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [8, 9])
def test_the_shape_is_known_beforehand(padding, kernel, stride, side, maps):
    unit = ConvNorm(conv(kernel=kernel, stride=stride, padding=padding))
    assert unit(maps(1, side, side, 3)).shape == unit.compute_output_shape((1, side, side, 3))


def test_the_activation_is_last(maps):
    unit = ConvNorm(conv(activation="relu6"))
    y = np.asarray(unit(100 * maps(1, 8, 8, 3)))
    assert (y.min(), y.max()) == (0.0, 6.0)


def test_layers_are_named_after_the_unit():
    unit = ConvNorm(conv(name="stage1_block1_expand"))
    assert (unit.name, unit.conv.name, unit.norm.name) == (
        "stage1_block1_expand",
        "stage1_block1_expand_conv",
        "stage1_block1_expand_bn",
    )


def test_training_moves_the_statistics_with_the_momentum(maps):
    unit = ConvNorm(conv(bn_momentum=0.75))
    x = maps(4, 8, 8, 3)
    unit(x, training=True)
    expected = 0.25 * np.mean(np.asarray(unit.conv(x)), axis=(0, 1, 2))
    np.testing.assert_allclose(unit.norm.moving_mean.numpy(), expected, atol=1e-6)


def test_other_channels_are_refused(maps):
    with pytest.raises(UsageError, match=r"`unit` takes \(B, H, W, 3\)\. Got: \(1, 8, 8, 5\)\."):
        ConvNorm(conv())(maps(1, 8, 8, 5))


def test_get_config_builds_it_again():
    unit = ConvNorm(conv(is_depthwise=True, inputs=4), is_folded=True)
    again = ConvNorm.from_config(unit.get_config())
    assert (again.spec, again.is_folded) == (unit.spec, True)

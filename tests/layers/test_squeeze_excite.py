import numpy as np
import pytest

from effnetv2_keras.layers.squeeze_excite import SqueezeExcite


def numpy_reference(x, weights):
    """Mean, 1x1 convolution, silu, 1x1 convolution, sigmoid, product."""
    reduce_kernel, reduce_bias, expand_kernel, expand_bias = weights
    squeezed = x.mean(axis=(1, 2)) @ reduce_kernel[0, 0] + reduce_bias
    squeezed = squeezed / (1 + np.exp(-squeezed))
    scale = 1 / (1 + np.exp(-(squeezed @ expand_kernel[0, 0] + expand_bias)))
    return x * scale[:, None, None, :]


@pytest.mark.parametrize("has_products", [False, True])
def test_equals_the_reference(maps, has_products):
    layer = SqueezeExcite(8, 2, has_products=has_products)
    x = maps(3, 5, 6, 8)
    layer(x)
    weights = [maps(*weight.shape) for weight in layer.get_weights()]
    layer.set_weights(weights)
    np.testing.assert_allclose(layer(x), numpy_reference(x, weights), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("has_products", [False, True])
def test_kernels_keep_the_shape_of_convolutions(maps, has_products):
    layer = SqueezeExcite(8, 2, has_products=has_products)
    layer(maps(1, 4, 4, 8))
    assert [weight.shape for weight in layer.get_weights()] == [(1, 1, 8, 2), (2,), (1, 1, 2, 8), (8,)]


def test_get_config_builds_it_again():
    layer = SqueezeExcite(8, 2, "hard_swish", has_products=True, name="stage1_block1_se")
    again = SqueezeExcite.from_config(layer.get_config())
    assert (again.channels, again.width, again.activation, again.name) == (8, 2, "hard_swish", "stage1_block1_se")
    assert again.has_products
    assert again.reduce.name == "stage1_block1_se_reduce_conv"

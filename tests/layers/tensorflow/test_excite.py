import numpy as np
import pytest

from effnetv2_keras.layers.squeeze_excite import SqueezeExcite


@pytest.mark.parametrize("activation", ["silu", "relu"])
def test_output_and_gradients_equal_the_stock_layers(activation, both_ways, maps):
    fast, stock = both_ways(lambda: SqueezeExcite(8, 2, activation), maps(3, 5, 6, 8))
    for ours, theirs in zip(fast, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_in_bfloat16_they_agree_to_its_precision(both_ways, maps):
    fast, stock = both_ways(lambda: SqueezeExcite(8, 2, dtype="mixed_bfloat16"), maps(3, 5, 6, 8))
    for ours, theirs in zip(fast, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0.05, atol=0.02 * np.abs(theirs).max())

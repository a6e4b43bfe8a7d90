import numpy as np
import pytest

from effnetv2_keras.layers.stem_pool import StemPool


@pytest.mark.parametrize(("padding", "first"), [("tf", 2.0), ("torch", 1.0)])
def test_both_paddings_start_where_their_framework_starts(padding, first):
    x = np.arange(6, dtype="float32").reshape(1, 6, 1, 1) * np.ones((1, 1, 6, 1), "float32")
    assert np.asarray(StemPool(padding)(x))[0, 0, 0, 0] == first


@pytest.mark.parametrize("padding", ["tf", "torch"])
def test_the_border_never_wins(padding):
    assert np.asarray(StemPool(padding)(np.full((1, 7, 7, 2), -3.0, "float32"))).max() == -3.0


@pytest.mark.parametrize("padding", ["tf", "torch"])
@pytest.mark.parametrize("side", [8, 9])
def test_the_shape_is_known_beforehand(padding, side):
    layer = StemPool(padding)
    assert layer(np.zeros((1, side, side, 2), "float32")).shape == layer.compute_output_shape((1, side, side, 2))


def test_get_config_builds_it_again():
    assert StemPool.from_config(StemPool("torch").get_config()).padding == "torch"

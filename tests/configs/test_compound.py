import pytest

from effnetv2_keras.configs import compound, get_config
from effnetv2_keras.errors import UsageError


def test_phi_one_is_the_published_triple():
    factors = compound(1)
    assert (factors.depth, factors.width, factors.resolution) == (1.2, 1.1, 1.15)
    assert factors.macs == pytest.approx(1.92, abs=0.001)


def test_phi_two_gives_the_rows_of_b3():
    b0, b3 = get_config("efficientnet-b0"), get_config("efficientnet-b3")
    scaled = compound(2).apply(b0, name="phi-2")
    assert scaled.stages == b3.stages
    assert (scaled.stem, scaled.eval_size) == (40, 296)


def test_phi_zero_changes_nothing():
    b0 = get_config("efficientnet-b0")
    assert compound(0).apply(b0).stages == b0.stages


def test_own_coefficients():
    factors = compound(2, alpha=1.5, beta=1.0, gamma=1.1)
    assert (factors.depth, factors.width, factors.resolution) == pytest.approx((2.25, 1.0, 1.21))


def test_a_multiple_of_no_pixels_is_refused():
    with pytest.raises(UsageError, match=r"`multiple` must be a whole number of at least 1\. Got: 0\."):
        compound(1).apply(get_config("efficientnet-b0"), multiple=0)


@pytest.mark.parametrize(("coefficient", "factor"), [("alpha", "depth"), ("beta", "width"), ("gamma", "resolution")])
def test_a_factor_of_nothing_is_refused(coefficient, factor):
    with pytest.raises(UsageError, match=rf"`{factor}` must be a finite number above 0\. Got: 0\."):
        compound(1, **{coefficient: 0})

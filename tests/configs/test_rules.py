import numpy as np
import pytest

from effnetv2_keras.configs.optimizer import LearningRateSpec, OptimizerSpec
from effnetv2_keras.configs.rules import check_above_zero, check_at_least, check_probability
from effnetv2_keras.errors import UsageError


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "3", None, -0.5])
def test_a_number_of_at_least_zero_is_finite(value):
    with pytest.raises(UsageError) as error:
        check_at_least("budget", value, 0, whole=False)
    assert str(error.value) == f"`budget` must be a finite number of at least 0. Got: {value!r}."


@pytest.mark.parametrize("value", [0, 0.0, 7.5, 10**400, np.float32(2)])
def test_any_finite_number_from_zero_up_is_taken(value):
    check_at_least("budget", value, 0, whole=False)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0, -1.0, True, "1", 1j])
def test_a_factor_is_finite_and_above_zero(value):
    with pytest.raises(UsageError) as error:
        check_above_zero("width", value)
    assert str(error.value) == f"`width` must be a finite number above 0. Got: {value!r}."


@pytest.mark.parametrize("value", [True, False, float("nan"), "0.5", 1.5])
def test_a_probability_is_a_number_from_zero_to_one(value):
    with pytest.raises(UsageError) as error:
        check_probability("se", value)
    assert str(error.value) == f"`se` must be at least 0 and at most 1. Got: {value!r}."


def test_rates_that_are_no_numbers_are_refused():
    with pytest.raises(UsageError, match=r"`base` must be a finite number above 0\. Got: nan\."):
        LearningRateSpec(base=float("nan"))
    with pytest.raises(UsageError, match=r"`weight_decay` must be a finite number of at least 0\. Got: nan\."):
        OptimizerSpec(weight_decay=float("nan"))

import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.nas.reward import Reward, v1_reward


@pytest.mark.parametrize(
    ("accuracy", "time", "size", "expected"),
    [
        (0.839, 1.0, 1.0, 0.839),
        (0.80, 2.0, 1.0, 0.762110),  # 2^-0.07 = 0.952638
        (0.80, 1.0, 2.0, 0.772749),  # 2^-0.05 = 0.965936
        (0.80, 2.0, 2.0, 0.736150),
        (0.80, 0.5, 1.0, 0.839773),
        (0.0, 3.0, 4.0, 0.0),
    ],
)
def test_the_papers_reward(accuracy, time, size, expected):
    assert Reward().of(accuracy, time, size) == pytest.approx(expected, abs=1e-6)


def test_the_reward_that_found_b0():
    assert v1_reward(0.771, 390e6, 390e6) == pytest.approx(0.771)
    assert v1_reward(0.771, 780e6, 390e6) == pytest.approx(0.734484, abs=1e-6)


def test_the_bound_is_what_a_perfect_network_would_earn():
    assert Reward().bound(2.0, 2.0, best_accuracy=0.8) == pytest.approx(0.736150, abs=1e-6)


@pytest.mark.parametrize(("accuracy", "time", "size"), [(1.1, 1, 1), (0.5, 0, 1), (0.5, 1, -1), (float("nan"), 1, 1)])
def test_a_value_out_of_range_is_refused(accuracy, time, size):
    with pytest.raises(UsageError, match="must be"):
        Reward().of(accuracy, time, size)

import math

import keras
import pytest
from keras import ops

from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.learning_rate import HeldCosine


def rate_at(step):
    return float(ops.convert_to_numpy(HeldCosine(0.01, total_steps=100, warmup_steps=10)(step)))


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (0, 0.001),
        (4, 0.005),
        (9, 0.01),
        (60, 0.01),
        (80, 0.005),
        (70, 0.01 * (1 + math.sqrt(0.5)) / 2),
        (100, 0.0),
        (120, 0.0),
    ],
)
def test_the_rate_rises_holds_and_falls(step, rate):
    assert rate_at(step) == pytest.approx(rate, abs=1e-8)


def test_a_schedule_of_one_epoch_does_not_divide_by_nothing():
    schedule = HeldCosine(0.01, total_steps=4, warmup_steps=4)
    assert [float(schedule(step)) for step in range(4)] == pytest.approx([0.0025, 0.005, 0.0075, 0.01])


@pytest.mark.parametrize(
    ("step", "rate"), [(79, 0.01), (80, 0.01), (90, 0.005), (95, 0.01 * (1 - math.sqrt(0.5)) / 2), (100, 0.0)]
)
def test_the_rate_is_held_as_long_as_asked_for(step, rate):
    schedule = HeldCosine(0.01, total_steps=100, warmup_steps=10, held=0.8)
    assert float(ops.convert_to_numpy(schedule(step))) == pytest.approx(rate, abs=1e-8)


@pytest.mark.parametrize("held", [-0.1, 1.0])
def test_a_share_outside_its_range_is_refused(held):
    with pytest.raises(UsageError, match=rf"`held` must be at least 0 and below 1. Got: {held}."):
        HeldCosine(0.01, total_steps=100, warmup_steps=10, held=held)


def test_it_comes_back_from_its_config():
    schedule = HeldCosine(0.01, total_steps=100, warmup_steps=10, held=0.7)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    assert again.get_config() == schedule.get_config()

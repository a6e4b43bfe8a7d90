import keras
import numpy as np
import pytest

from effnetv2_keras.training.paced_rate import PacedRate
from effnetv2_keras.training.warmed_rate import CosineRate, StaircaseRate


def rates(schedule, steps):
    return [float(schedule(step)) for step in steps]


def test_an_epoch_of_fewer_larger_batches_takes_the_course_as_far():
    course = StaircaseRate(1.0, decay_steps=10, factor=0.5)  # an epoch is 10 steps
    schedule = PacedRate(course, steps=[10, 20], paces=[2.0, 1.0])  # two epochs of 5 steps, two of 10
    assert rates(schedule, [0, 4, 5, 9, 10, 19, 20, 29]) == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]


def test_past_the_end_it_stays_where_the_course_ends():
    schedule = PacedRate(CosineRate(1.0, 20), steps=[5, 5], paces=[2.0, 2.0])
    assert rates(schedule, [10, 50]) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert rates(schedule, [5]) == pytest.approx([0.5])


def test_it_comes_back_from_its_config():
    schedule = PacedRate(CosineRate(1.0, 30, warmup_steps=3), steps=[5, 20], paces=[2.0, 1.0])
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    np.testing.assert_allclose(rates(again, range(25)), rates(schedule, range(25)))

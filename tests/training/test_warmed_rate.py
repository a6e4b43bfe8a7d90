import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.configs.optimizer import LearningRateSpec
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.learning_rate import HeldCosine, make_learning_rate
from effnetv2_keras.training.warmed_rate import ConstantRate, CosineRate, StaircaseRate

# 100 steps an epoch, batch 4096: 0.256 after 500 steps, times 0.97 every 240 steps, counted from step 0
RELEASED = LearningRateSpec(base=0.016, course="exponential", warmup_epochs=5, factor=0.97, decay_epochs=2.4)


def rates(schedule, steps):
    return [float(schedule(step)) for step in steps]


def test_the_papers_rate_rises_over_five_epochs_and_falls_in_stairs():
    schedule = make_learning_rate(RELEASED, batch_size=4096, steps_per_epoch=100, epochs=350)
    assert rates(schedule, [0, 1, 250, 499]) == pytest.approx([0.0, 0.000512, 0.128, 0.255488], rel=1e-5)
    # at the end of the rise two stairs are behind: 0.256 * 0.97 ** 2
    assert rates(schedule, [500, 719, 720, 959, 960]) == pytest.approx(
        [0.2408704, 0.2408704, 0.233644288, 0.233644288, 0.22663495936], rel=1e-5
    )
    assert rates(schedule, [34_999]) == pytest.approx([0.00309130199], rel=1e-5)  # 0.256 * 0.97 ** 145


def test_a_warm_up_of_part_of_an_epoch_is_cut_to_whole_steps():
    schedule = make_learning_rate(LearningRateSpec(warmup_epochs=0.5), batch_size=256, steps_per_epoch=7, epochs=3)
    assert schedule.warmup_steps == 3  # int(0.5 * 7)


@pytest.mark.parametrize(("batch_size", "peak"), [(4096, 0.256), (256, 0.016), (32, 0.002)])
def test_the_rate_goes_with_the_batch(batch_size, peak):
    assert make_learning_rate(RELEASED, batch_size=batch_size, steps_per_epoch=9, epochs=3).peak == pytest.approx(peak)


def test_the_stairs_are_those_of_keras():
    ours, theirs = (
        StaircaseRate(0.1, 24.7),
        keras.optimizers.schedules.ExponentialDecay(0.1, 24.7, 0.97, staircase=True),
    )
    steps = range(0, 500, 3)
    assert rates(ours, steps) == pytest.approx(rates(theirs, steps), rel=1e-5)


def test_the_cosine_counts_the_rise_as_part_of_its_way():
    spec = LearningRateSpec(base=0.008, course="cosine", warmup_epochs=1)
    schedule = make_learning_rate(spec, batch_size=4096, steps_per_epoch=10, epochs=60)
    assert rates(schedule, [0, 5, 9]) == pytest.approx([0.0, 0.064, 0.1152], rel=1e-5)
    # 0.128 * (1 + cos(pi * step / 600)) / 2
    assert rates(schedule, [10, 150, 300, 450, 600, 700]) == pytest.approx(
        [0.1279123, 0.1092548, 0.064, 0.0187452, 0.0, 0.0], abs=1e-7
    )


def test_a_constant_rate_stays():
    spec = LearningRateSpec(base=0.0005, course="constant", warmup_epochs=1)
    schedule = make_learning_rate(spec, batch_size=512, steps_per_epoch=10, epochs=15)
    assert rates(schedule, [0, 5, 10, 149]) == pytest.approx([0.0, 0.0005, 0.001, 0.001], rel=1e-6)


def test_the_floor_holds_after_the_rise_and_not_in_it():
    spec = LearningRateSpec(base=1.0, course="cosine", warmup_epochs=1, floor=0.2)
    schedule = make_learning_rate(spec, batch_size=256, steps_per_epoch=10, epochs=10)
    assert rates(schedule, [0, 1, 50, 90, 100]) == pytest.approx([0.0, 0.1, 0.5, 0.2, 0.2], rel=1e-5)


def test_the_held_cosine_is_the_fourth_course():
    spec = LearningRateSpec(base=0.016, course="held_cosine", warmup_epochs=1)
    schedule = make_learning_rate(spec, batch_size=32, steps_per_epoch=10, epochs=20)
    assert isinstance(schedule, HeldCosine)
    assert schedule.get_config() == {"peak": pytest.approx(0.002), "total_steps": 200, "warmup_steps": 10, "held": 0.6}


def test_the_held_cosine_falls_where_it_is_told_to():
    spec = LearningRateSpec(base=0.016, course="held_cosine", warmup_epochs=1, held=0.75)
    schedule = make_learning_rate(spec, batch_size=256, steps_per_epoch=10, epochs=20)
    assert rates(schedule, [150, 175, 200]) == pytest.approx([0.016, 0.008, 0.0], abs=1e-8)


def test_a_rate_that_never_falls_is_refused_as_held():
    with pytest.raises(UsageError, match="`held` must be at least 0 and below 1. Got: 1."):
        LearningRateSpec(course="held_cosine", held=1)


def test_a_compiled_step_reads_the_same_rates():
    schedule = StaircaseRate(0.256, 240.0, warmup_steps=500)
    compiled = tf.function(schedule, jit_compile=True)
    assert [float(compiled(tf.constant(step))) for step in (0, 250, 500, 960)] == pytest.approx(
        [0.0, 0.128, 0.2408704, 0.22663495936], rel=1e-5
    )


@pytest.mark.parametrize(
    "schedule", [ConstantRate(0.1, 3, 0.01), StaircaseRate(0.1, 2.5, 0.9, 3, 0.01), CosineRate(0.1, 50, 3, 0.01)]
)
def test_each_comes_back_from_its_config(schedule):
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()
    assert np.isfinite(rates(again, [0, 1, 10])).all()

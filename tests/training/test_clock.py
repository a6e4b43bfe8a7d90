import doctest

import pytest

from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.training import clock as clock_module
from effnetv2_keras.training.clock import Clock, step_cost

TWO = ProgressiveSchedule(epochs=4, num_phases=2, image_size=Ramp(32, 64))
THREE = ProgressiveSchedule(epochs=3, num_phases=3, image_size=Ramp(32, 64))


@pytest.fixture
def at(monkeypatch):
    """Sets what time it is."""

    def at(seconds):
        monkeypatch.setattr(clock_module.time, "monotonic", lambda: seconds)

    return at


def run_epoch(clock, at, epoch, begin, ticks, end):
    at(begin)
    clock.begin(epoch)
    for tick in ticks:
        at(tick)
        clock.tick()
    at(end)
    return clock.end()


def test_nothing_is_known_before_a_step_was_measured(at):
    clock = Clock(TWO, steps_per_epoch=3)
    at(0)
    clock.begin(0)
    at(9)  # the first step compiles
    clock.tick()
    assert clock.left != clock.left


def test_after_one_size_a_step_costs_what_its_pixels_cost(at):
    clock = Clock(TWO, steps_per_epoch=3)
    at(0)
    clock.begin(0)
    for second in (9, 10):
        at(second)
        clock.tick()
    # a step of this epoch, an epoch at 32 px, two epochs at 64 px with four times the pixels
    assert clock.left == 1 + 3 * 1 + 2 * 3 * 4


def test_a_batch_of_fewer_images_costs_less_and_an_epoch_has_more_of_them(at):
    schedule = PhaseList((PhaseRow(1, 32, batch_size=8), PhaseRow(1, 64, batch_size=4)))
    clock = Clock(schedule, steps_per_epoch=[3, 6])
    at(0)
    clock.begin(0)
    for second in (9, 10):
        at(second)
        clock.tick()
    # a step of this epoch, then six of half as many images with four times the pixels
    assert clock.steps == 3
    assert clock.left == pytest.approx(1 + 6 * 2)


def test_after_two_sizes_the_third_is_on_the_line_through_them(at):
    clock = Clock(THREE, steps_per_epoch=3)
    run_epoch(clock, at, 0, 0, (5, 6, 7), 7)  # 1 s a step at 32 px
    run_epoch(clock, at, 1, 7, (20, 21.5, 23), 23)  # 1.5 s at 48 px; by pixels alone it would be 2.25 s
    assert clock.left == pytest.approx(3 * 2.2)  # 1 + 0.5 * (4096 - 1024) / (2304 - 1024)


def test_validation_of_every_epoch_counts_and_is_taken_at_its_least(at):
    clock = Clock(TWO, steps_per_epoch=2)
    run_epoch(clock, at, 0, 0, (1, 2), 12)  # validation compiles: 10 s
    assert clock.left == 2 + 2 * 2 * 4 + 3 * 10
    run_epoch(clock, at, 1, 12, (13, 14), 16)
    assert clock.left == 2 * 2 * 4 + 2 * 2


def test_a_run_that_goes_on_counts_the_steps_of_before(at):
    clock = Clock(TWO, steps_per_epoch=10, first_step=7)
    at(0)
    clock.begin(3)
    for second in (1, 2):
        at(second)
        clock.tick()
    assert clock.steps_done == 9
    assert clock.left == 1


def test_an_epoch_says_what_it_took(at):
    took = run_epoch(Clock(TWO, steps_per_epoch=3), at, 2, 100, (110, 112, 114), 120)
    assert (took.epoch, took.image_size, took.steps, took.step_seconds, took.seconds) == (3, 64, 3, 2, 20)


def test_an_epoch_of_one_step_is_measured_too(at):
    clock = Clock(TWO, steps_per_epoch=1)
    took = run_epoch(clock, at, 0, 0, (2,), 2)
    assert took.step_seconds == 2
    assert clock.left == 2 + 2 * 8


def test_a_size_that_seems_to_cost_less_than_a_smaller_one_counts_by_its_pixels():
    assert step_cost(64, {32: 1.0, 48: 0.9}) == pytest.approx(0.9 * 64**2 / 48**2)
    assert step_cost(32, {32: 1.0, 48: 0.9}) == 1.0


def test_examples_run():
    found = doctest.testmod(clock_module)
    assert found.attempted > 0
    assert found.failed == 0

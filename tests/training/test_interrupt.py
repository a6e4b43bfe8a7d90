import os
import signal

import pytest

from effnetv2_keras.training.interrupt import Interrupted, InterruptGuard


def send(number):
    os.kill(os.getpid(), number)


@pytest.fixture
def guard():
    """A guard that watches a training under way."""
    with InterruptGuard() as guard:
        guard.on_train_begin()
        yield guard


POINTS = ["on_train_batch_begin", "on_train_batch_end", "on_test_batch_end", "on_epoch_end"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("point", POINTS)
def test_a_signal_waits_for_the_step_to_end(guard, number, code, point):
    getattr(guard, point)(0)
    send(number)
    assert guard.is_asked
    with pytest.raises(Interrupted) as stopped:
        getattr(guard, point)(0)
    assert stopped.value.exit_code == code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_handlers_are_given_back_after_the_outermost_use(number):
    before = signal.getsignal(number)
    with InterruptGuard() as guard:
        watching = signal.getsignal(number)
        with guard:
            pass
        assert signal.getsignal(number) == watching
    assert signal.getsignal(number) is before
    assert watching != before


def test_outside_of_a_training_a_signal_acts_at_once(guard):
    guard.on_train_end()
    with pytest.raises(Interrupted) as stopped:
        send(signal.SIGTERM)
    assert stopped.value.exit_code == 143


def test_a_second_ctrl_c_acts_at_once(guard):
    send(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)


def test_a_second_sigterm_still_waits_for_the_step(guard):
    send(signal.SIGTERM)
    send(signal.SIGTERM)
    with pytest.raises(Interrupted):
        guard.on_train_batch_end(0)


def test_without_a_signal_nothing_happens(guard):
    for point in POINTS:
        getattr(guard, point)(0)
    guard.on_train_end()
    assert not guard.is_asked

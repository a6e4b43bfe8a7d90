import os
import signal

import pytest

from effnetv2_keras.training.interrupt import Interrupted, InterruptGuard


def test_the_first_ctrl_c_waits_for_the_step_to_end():
    before = signal.getsignal(signal.SIGINT)
    with InterruptGuard() as guard:
        os.kill(os.getpid(), signal.SIGINT)
        assert guard.is_asked
        with pytest.raises(Interrupted):
            guard.on_train_batch_end(0)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_acts_at_once():
    with InterruptGuard() as guard:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert guard.is_asked


def test_without_ctrl_c_nothing_happens():
    with InterruptGuard() as guard:
        guard.on_train_batch_end(0)
        guard.on_epoch_end(0)
    assert not guard.is_asked

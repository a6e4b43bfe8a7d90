import time
from types import SimpleNamespace

import pytest

from effnetv2_keras.configs.interval import Interval
from effnetv2_keras.training.checkpointing import Checkpointing


@pytest.fixture
def saved():
    """The steps after which a checkpoint was written."""
    return []


def steps(interval, saved, count, seconds=0.0):
    recorder = SimpleNamespace(save_state=lambda: saved.append(step))
    checkpointing = Checkpointing(recorder, interval)
    checkpointing.on_epoch_begin(0)
    for step in range(1, count + 1):
        time.sleep(seconds)
        checkpointing.on_train_batch_end(step - 1)
    return checkpointing


def test_so_many_steps_lie_between_two_checkpoints(saved):
    steps(Interval(steps=3), saved, 10)
    assert saved == [3, 6, 9]


def test_an_epochs_end_has_one_of_its_own_so_the_count_begins_anew(saved):
    checkpointing = steps(Interval(steps=3), saved, 2)
    checkpointing.on_epoch_begin(1)
    checkpointing.on_train_batch_end(0)
    checkpointing.on_train_batch_end(1)
    assert saved == []


def test_so_much_time_lies_between_two_checkpoints(saved):
    steps(Interval(seconds=1), saved, 5, seconds=0.4)
    assert saved == [3]

import io

import pytest
from rich.console import Console

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.training import progress_bar
from effnetv2_keras.training.progress_bar import Clock, ProgressBar

SCHEDULE = ProgressiveSchedule(epochs=4, num_phases=2, image_size=Ramp(32, 64))


def test_the_time_left_counts_the_larger_images_to_come(monkeypatch):
    now = iter([0.0, 9.0, 10.0, 11.0])  # the first step compiles; each later one takes a second at 32 px
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: next(now))
    clock = Clock(SCHEDULE, steps_per_epoch=3)
    clock.begin(0)
    assert clock.tick(1) != clock.tick(1)  # not a number yet
    assert clock.tick(2) == pytest.approx(1 + 3 + 4 * 6)  # at 64 px a step has four times the area


def test_an_epoch_leaves_a_line_that_names_its_phase():
    text = io.StringIO()
    bar = ProgressBar(SCHEDULE, 3, Console(file=text, width=60))
    bar.on_train_begin()
    bar.on_epoch_begin(2)
    bar.on_train_batch_end(0, {"loss": 1.0})
    bar.on_epoch_end(2, {"loss": 1.25, "accuracy": 0.5, "val_accuracy": 0.75})
    bar.on_train_end()
    [line] = text.getvalue().splitlines()
    assert line == "epoch   3/4  phase 2/2   64 px  loss 1.250  accuracy 0.500  val 0.750  -:-- left"


def test_a_terminal_sees_phase_epoch_and_time_left():
    text = io.StringIO()
    console = Console(file=text, width=120, force_terminal=True)
    bar = ProgressBar(SCHEDULE, 3, console)
    bar.on_train_begin()
    bar.on_epoch_begin(1)
    bar.on_train_batch_end(0, {"loss": 1.0, "accuracy": 0.25})
    bar.progress.refresh()
    bar.close()
    shown = text.getvalue()
    assert "phase 1/2, 32 px, epoch 2/4" in shown
    assert "accuracy 0.250" in shown
    assert "left" in shown

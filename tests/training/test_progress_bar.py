import doctest
import io

import pytest
from rich.console import Console

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.training import clock, progress_bar
from effnetv2_keras.training.progress_bar import ProgressBar, clock_time

SCHEDULE = ProgressiveSchedule(epochs=4, num_phases=2, image_size=Ramp(32, 64))


@pytest.fixture
def ticking(monkeypatch):
    """A clock on which a second passes each time it is looked at."""
    now = iter(range(1000))
    monkeypatch.setattr(clock.time, "monotonic", lambda: float(next(now)))


def run_epoch(bar, epoch, logs):
    bar.on_epoch_begin(epoch)
    for batch in range(3):
        bar.on_train_batch_end(batch, {"loss": 1.0, "side": 32})
    bar.on_epoch_end(epoch, logs)


@pytest.mark.usefixtures("ticking")
def test_where_nobody_watches_an_epoch_leaves_one_line():
    text = io.StringIO()
    bar = ProgressBar(SCHEDULE, 8, Console(file=text, width=60), steps_per_epoch=3)
    bar.on_train_begin()
    run_epoch(bar, 0, {"loss": 2.5, "accuracy": 0.25, "val_accuracy": 0.5})
    run_epoch(bar, 2, {"loss": 1.25, "accuracy": 0.5, "val_accuracy": 0.75})
    bar.on_train_end()
    assert text.getvalue().splitlines() == [
        # 1 s a step and 1 s after it: 3 + 1, then twice 12 + 1
        "epoch   1/4  phase 1/2   32 px  loss 2.500  accuracy 0.250  val 0.500  8 img/s  0:30 left",
        "epoch   3/4  phase 2/2   64 px  loss 1.250  accuracy 0.500  val 0.750  8 img/s  0:04 left",
    ]


def test_what_was_not_measured_is_not_in_the_line():
    text = io.StringIO()
    bar = ProgressBar(SCHEDULE, None, Console(file=text), steps_per_epoch=3)
    bar.on_train_begin()
    bar.on_epoch_begin(0)
    bar.on_train_batch_end(0, {"loss": 1.0})
    bar.on_epoch_end(0, {"loss": 1.0})
    assert text.getvalue().startswith("epoch   1/4  phase 1/2   32 px  loss 1.000  ")
    assert " steps/s  " in text.getvalue()


def test_a_terminal_sees_phase_size_epoch_pace_and_time_left():
    text = io.StringIO()
    console = Console(file=text, width=160, force_terminal=True)
    bar = ProgressBar(SCHEDULE, 8, console, steps_per_epoch=3)
    bar.on_train_begin()
    bar.on_epoch_begin(1)
    for batch in range(2):
        bar.on_train_batch_end(batch, {"loss": 1.0, "accuracy": 0.25})
    bar.screen.progress.refresh()
    bar.close()
    shown = text.getvalue()
    assert "phase 1/2, 32 px, epoch 2/4" in shown
    assert "accuracy 0.250" in shown
    assert " img/s  " in shown
    assert "0:00 left" in shown


def test_a_run_that_goes_on_shows_the_steps_of_before():
    bar = ProgressBar(SCHEDULE, 8, Console(file=io.StringIO()), steps_per_epoch=10, first_step=7)
    seen = []
    bar.screen.show = lambda title, figures, done, total: seen.append((done, total))
    bar.on_train_begin()
    bar.on_epoch_begin(1)
    bar.on_train_batch_end(0, {})
    bar.on_epoch_end(1, {})
    bar.on_epoch_begin(2)
    assert seen == [(7, 10), (8, 10), (0, 10)]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0:00"), (65, "1:05"), (3725, "1:02:05"), (36_000, "10:00:00"), (float("nan"), "-:--")]
)
def test_times_are_read_like_a_clock(seconds, text):
    assert clock_time(seconds) == text


def test_examples_run():
    found = doctest.testmod(progress_bar)
    assert found.attempted > 0
    assert found.failed == 0

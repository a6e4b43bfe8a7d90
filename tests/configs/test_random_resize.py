import pytest

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.random_resize import RandomResize
from effnetv2_keras.errors import UsageError


def test_a_size_is_kept_for_eight_epochs():
    schedule = RandomResize(epochs=20, image_size=Ramp(128, 300))
    assert [(phase.first_epoch, phase.last_epoch) for phase in schedule.phases] == [(0, 7), (8, 15), (16, 19)]
    assert [phase.image_size for phase in schedule.phases] == [212, 240, 290]  # SHA-256 of "0/0", "0/1", "0/2"
    assert [schedule.phase_at(epoch).image_size for epoch in (0, 7, 8, 15, 16, 19)] == [212, 212, 240, 240, 290, 290]


def test_a_draw_is_a_function_of_seed_and_epoch_alone():
    short, long = (RandomResize(epochs=epochs, image_size=Ramp(128, 300)) for epochs in (16, 400))
    assert [phase.image_size for phase in long.phases[:2]] == [phase.image_size for phase in short.phases]
    other = RandomResize(epochs=400, image_size=Ramp(128, 300), seed=1)
    assert [phase.image_size for phase in other.phases] != [phase.image_size for phase in long.phases]


def test_sizes_cover_the_whole_range_evenly():
    sizes = [phase.image_size for phase in RandomResize(epochs=40_000, every=4, image_size=Ramp(64, 73)).phases]
    counts = [sizes.count(size) for size in range(64, 74)]
    assert sum(counts) == 10_000
    # chi-square of 10 cells, 9 degrees of freedom: above 27.9 in one of a thousand
    assert sum((count - 1000) ** 2 / 1000 for count in counts) < 27.9


def test_regularisation_fits_the_size_drawn():
    schedule = RandomResize(
        epochs=24, image_size=Ramp(128, 300), randaugment=Ramp(5, 15), dropout=Ramp(0.1, 0.3), mixup=0.2
    )
    phase = schedule.phases[1]  # 240 px: (240 - 128) / (300 - 128) = 0.651 of the way
    assert phase.randaugment == pytest.approx(11.512, abs=1e-3)
    assert phase.dropout == pytest.approx(0.2302, abs=1e-4)
    assert phase.mixup == 0.2


def test_sizes_can_be_rounded_to_a_multiple():
    schedule = RandomResize(epochs=24, image_size=Ramp(128, 300), size_multiple=32)
    assert [phase.image_size for phase in schedule.phases] == [192, 224, 288]


def test_one_size_is_no_draw():
    assert {phase.image_size for phase in RandomResize(epochs=24, image_size=Ramp(96, 96)).phases} == {96}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": Ramp(300, 128)}, "`image_size` must be SMALLEST:LARGEST, like 128:300. Got: 300:128."),
        ({"image_size": 128}, "`image_size` must be SMALLEST:LARGEST, like 128:300. Got: 128."),
        ({"image_size": Ramp(16, 64)}, "`image_size` must be at least 32 px. Got: 16."),
        (
            {"image_size": Ramp(64, float("nan"))},
            "`image_size` must be a finite number, or a `Ramp` between two. Got: Ramp(first=64, last=nan).",
        ),
        ({"every": 0}, "`every` must be a whole number of at least 1. Got: 0."),
        ({"every": 1.5}, "`every` must be a whole number of at least 1. Got: 1.5."),
        ({"epochs": 0}, "`epochs` must be a whole number of at least 1. Got: 0."),
        ({"dropout": Ramp(0, 1)}, "`dropout` must be at least 0 and below 1. Got: 1.0."),
    ],
)
def test_values_out_of_range_are_refused(settings, message):
    with pytest.raises(UsageError) as caught:
        RandomResize(**{"epochs": 8, "image_size": Ramp(64, 96), **settings})
    assert str(caught.value) == message

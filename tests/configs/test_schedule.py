import pytest

from effnetv2_keras.configs.published_schedules import paper_schedule
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.errors import UsageError

# Tan & Le 2021, Algorithm 1 with Table 6, worked out by hand
TABLE_OF_S = """\
phase    epochs  image_size  randaugment  mixup  dropout
    0     0..86         128          5.0   0.00     0.10
    1   87..174         185          8.3   0.00     0.17
    2  175..261         242         11.7   0.00     0.23
    3  262..349         300         15.0   0.00     0.30"""


def test_the_papers_schedule_for_s_prints_its_table():
    assert str(paper_schedule("efficientnetv2-s")) == TABLE_OF_S


@pytest.mark.parametrize(
    ("model", "sizes", "magnitudes", "dropout", "mixup"),
    [
        ("efficientnetv2-s", [128, 185, 242, 300], (5, 15), (0.1, 0.3), (0, 0)),
        ("efficientnetv2-m", [128, 212, 296, 380], (5, 20), (0.1, 0.4), (0, 0.2)),
        ("efficientnetv2-l", [128, 212, 296, 380], (5, 25), (0.1, 0.5), (0, 0.5)),
    ],
)
def test_the_papers_schedules_have_table_6(model, sizes, magnitudes, dropout, mixup):
    phases = paper_schedule(model).phases
    assert [phase.image_size for phase in phases] == sizes
    assert (phases[0].randaugment, phases[-1].randaugment) == magnitudes
    assert (phases[0].dropout, phases[-1].dropout) == dropout
    assert (phases[0].mixup, phases[-1].mixup) == mixup


def test_phases_cover_every_epoch_once():
    schedule = ProgressiveSchedule(epochs=11, num_phases=4, image_size=Ramp(32, 64))
    assert [(phase.first_epoch, phase.last_epoch) for phase in schedule.phases] == [(0, 1), (2, 4), (5, 7), (8, 10)]
    assert [schedule.phase_at(epoch).index for epoch in range(11)] == [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_sizes_can_be_rounded_down_to_a_multiple():
    schedule = ProgressiveSchedule(epochs=4, num_phases=4, image_size=Ramp(128, 300), size_multiple=32)
    assert [phase.image_size for phase in schedule.phases] == [128, 160, 224, 288]


def test_a_number_is_the_same_in_every_phase():
    schedule = ProgressiveSchedule(epochs=2, num_phases=2, image_size=64, mixup=0.2)
    assert [(phase.image_size, phase.mixup) for phase in schedule.phases] == [(64, 0.2), (64, 0.2)]


def test_rates_go_as_high_as_those_of_a_network():
    assert ProgressiveSchedule(epochs=1, num_phases=1, image_size=64, drop_path=0.995).phases[0].drop_path == 0.995


def test_settings_that_are_not_scheduled_are_left_alone():
    phase = ProgressiveSchedule(epochs=1, num_phases=1, image_size=64).phases[0]
    assert (phase.randaugment, phase.mixup, phase.cutmix, phase.dropout, phase.drop_path) == (None,) * 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 3}, r"`epochs` must be at least `num_phases` \(4\), one epoch a phase. Got: 3."),
        ({"num_phases": 0}, r"`num_phases` must be a whole number of at least 1. Got: 0."),
        ({"epochs": 4.5}, r"`epochs` must be a whole number of at least 1. Got: 4.5."),
        ({"size_multiple": 0}, r"`size_multiple` must be a whole number of at least 1. Got: 0."),
        ({"image_size": float("nan")}, r"`image_size` must be a finite number, or a `Ramp` between two. Got: nan."),
        ({"image_size": "64"}, r"`image_size` must be a finite number, or a `Ramp` between two. Got: '64'."),
        ({"mixup": float("inf")}, r"`mixup` must be a finite number, or a `Ramp` between two. Got: inf."),
        (
            {"batch_size": Ramp(64, float("nan"))},
            r"`batch_size` must be a finite number, or a `Ramp` between two. Got: Ramp\(first=64, last=nan\).",
        ),
        ({"image_size": Ramp(31, 64)}, r"`image_size` must be at least 32 px. Got: 31."),
        ({"image_size": Ramp(40, 64), "size_multiple": 32}, None),
        ({"dropout": Ramp(0.1, 1.0)}, r"`dropout` must be at least 0 and below 1. Got: 1.0."),
        ({"randaugment": Ramp(5, 31)}, r"`randaugment` must be between 0 and 30. Got: 31."),
        ({"mixup": -0.1}, r"`mixup` must be between 0 and inf. Got: -0.1."),
    ],
)
def test_values_out_of_range_are_refused(settings, message):
    arguments = {"epochs": 8, "num_phases": 4, "image_size": Ramp(64, 96), **settings}
    if message is None:
        assert ProgressiveSchedule(**arguments).phases[0].image_size == 32
        return
    with pytest.raises(UsageError, match=message):
        ProgressiveSchedule(**arguments)


@pytest.mark.parametrize("epoch", [-1, 8])
def test_an_epoch_outside_the_schedule_is_refused(epoch):
    schedule = ProgressiveSchedule(epochs=8, num_phases=2, image_size=64)
    with pytest.raises(UsageError, match=f"between 0 and 7, the schedule's last. Got: {epoch}"):
        schedule.phase_at(epoch)


def test_a_model_without_a_published_schedule_is_refused():
    with pytest.raises(UsageError, match="Table 6: 'efficientnetv2-b0'. Nearest: efficientnetv2-"):
        paper_schedule("efficientnetv2-b0")

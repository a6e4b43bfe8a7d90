import pytest

from effnetv2_keras.configs.published_schedules import paper_schedule, released_schedule
from effnetv2_keras.errors import UsageError

# google/automl, efficientnetv2: main.py and main_tf2.py, the stages' settings as they print them
RELEASED = [
    # model                px of the phases       RandAugment             mixup and cutmix
    ("efficientnetv2-b0", [144, 160, 176, 192], None, [0, 0, 0, 0]),
    ("efficientnetv2-b1", [144, 160, 176, 192], None, [0, 0, 0, 0]),
    ("efficientnetv2-b2", [148, 168, 188, 208], None, [0, 0, 0, 0]),
    ("efficientnetv2-b3", [156, 184, 212, 240], None, [0, 0, 0, 0]),
    ("efficientnetv2-s", [171, 214, 257, 300], [5, 6.67, 8.33, 10], [0, 0, 0, 0]),
    ("efficientnetv2-m", [192, 256, 320, 384], [5, 8.33, 11.67, 15], [0, 0.067, 0.133, 0.2]),
    ("efficientnetv2-l", [192, 256, 320, 384], [5, 10, 15, 20], [0, 0.167, 0.333, 0.5]),
    ("efficientnetv2-xl", [192, 256, 320, 384], [5, 10, 15, 20], [0, 0.167, 0.333, 0.5]),
]


@pytest.mark.parametrize(("model", "sizes", "magnitudes", "alphas"), RELEASED)
def test_the_released_schedules_are_those_of_the_code(model, sizes, magnitudes, alphas):
    schedule = released_schedule(model)
    assert [phase.image_size for phase in schedule.phases] == sizes
    if magnitudes is None:
        assert [phase.randaugment for phase in schedule.phases] == [None] * 4
    else:
        assert [phase.randaugment for phase in schedule.phases] == pytest.approx(magnitudes, abs=0.005)
    assert [phase.mixup for phase in schedule.phases] == pytest.approx(alphas, abs=0.0005)
    assert [phase.cutmix for phase in schedule.phases] == pytest.approx(alphas, abs=0.0005)
    assert {phase.dropout for phase in schedule.phases} == {None}


def test_released_phases_end_where_the_code_ends_them():
    assert [phase.last_epoch + 1 for phase in released_schedule("efficientnetv2-s").phases] == [87, 175, 262, 350]


def test_a_network_without_a_schedule_is_refused():
    with pytest.raises(UsageError, match="Unknown model with a released schedule: 'efficientnet-b0'"):
        released_schedule("efficientnet-b0")
    with pytest.raises(UsageError, match="Table 6: 'efficientnetv2-xl'"):
        paper_schedule("efficientnetv2-xl")

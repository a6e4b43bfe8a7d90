from dataclasses import replace

import pytest
from progressive_ways import WAYS, Way, settings


@pytest.mark.parametrize(
    ("epochs", "lengths"), [(6, [2, 1, 1, 2]), (10, [3, 2, 2, 3]), (14, [4, 3, 3, 4]), (20, [6, 4, 4, 6])]
)
def test_phases_share_the_epochs(epochs, lengths):
    schedule = WAYS["progressive, weaker, even sizes"].schedule(epochs)
    assert [phase.num_epochs for phase in schedule.phases] == lengths
    assert [phase.image_size for phase in schedule.phases] == [32, 42, 52, 64]


def test_small_sizes_come_first_and_longest_and_leave_no_part_of_a_feature_map():
    schedule = WAYS["progressive"].schedule(56)
    assert [(phase.num_epochs, phase.image_size) for phase in schedule.phases] == [
        (20, 32), (11, 40), (11, 48), (14, 64),
    ]  # fmt: skip


def test_a_fixed_way_has_one_phase_of_the_last_size():
    (phase,) = WAYS["fixed"].schedule(7).phases
    assert (phase.num_epochs, phase.image_size, phase.randaugment, phase.dropout) == (7, 64, 3.0, 0.15)
    (phase,) = WAYS["fixed, weak"].schedule(7).phases
    assert (phase.num_epochs, phase.image_size, phase.randaugment, phase.dropout) == (7, 64, 1.0, 0.1)


def test_the_weaker_progressive_way_ends_as_strong_as_the_best_fixed_one():
    last = WAYS["progressive, weaker"].schedule(10).last_phase
    fixed = WAYS["fixed"].schedule(10).last_phase
    assert (last.randaugment, last.dropout) == (fixed.randaugment, fixed.dropout)


@pytest.mark.parametrize("change", [{"strength": "none"}, {"held": 0.5}, {"batches": (32,)}, {"size": 48}])
def test_another_setting_is_another_training(change):
    way = Way()
    assert settings(replace(way, **change)) != settings(way)


def test_what_is_shown_does_not_make_another_training():
    assert settings(replace(Way(), is_main=True)) == settings(Way())

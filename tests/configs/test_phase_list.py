import pytest

from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow
from effnetv2_keras.errors import UsageError

ROWS = (
    PhaseRow(4, 32, dropout=0.1, batch_size=64, learning_rate_scale=2.0),
    PhaseRow(4, 42, dropout=0.1, batch_size=64, learning_rate_scale=2.0),
    PhaseRow(8, 64, dropout=0.2, batch_size=32, learning_rate_scale=1.0),
)


def test_phases_follow_each_other_and_print_what_they_turn():
    assert str(PhaseList(ROWS)) == (
        "phase  epochs  image_size  dropout  batch_size  learning_rate_scale\n"
        "    0    0..3          32     0.10          64                    2\n"
        "    1    4..7          42     0.10          64                    2\n"
        "    2   8..15          64     0.20          32                    1"
    )


def test_it_is_as_long_as_its_phases():
    schedule = PhaseList(ROWS)
    assert schedule.epochs == 16
    assert [schedule.phase_at(epoch).index for epoch in (0, 3, 4, 7, 8, 15)] == [0, 0, 1, 1, 2, 2]
    assert schedule.regularised == ("dropout",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "A schedule must have at least one phase. Got: none."),
        ([PhaseRow(1, 32), PhaseRow(0, 32)], "`epochs of phase 1` must be a whole number of at least 1. Got: 0."),
        ([PhaseRow(1.5, 32)], "`epochs of phase 0` must be a whole number of at least 1. Got: 1.5."),
        ([PhaseRow(1, "32")], "`image_size` must be a finite number, or a `Ramp` between two. Got: '32'."),
        (
            [PhaseRow(1, 32, mixup=0.1), PhaseRow(1, 32), PhaseRow(1, 32)],
            "`mixup` must be given in every phase or in none (0 is off). Missing in: 1, 2.",
        ),
        ([PhaseRow(1, 16)], "`image_size` must be at least 32 px. Got: 16."),
        ([PhaseRow(1, 32, batch_size=0)], "`batch_size` must be at least 1. Got: 0."),
        ([PhaseRow(1, 32, learning_rate_scale=0.0)], "`learning_rate_scale` must be above 0. Got: 0."),
    ],
)
def test_values_out_of_range_are_refused(rows, message):
    with pytest.raises(UsageError) as caught:
        PhaseList(rows)
    assert str(caught.value) == message

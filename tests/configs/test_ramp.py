import pytest

from effnetv2_keras.configs.ramp import Ramp, parse_progressive, parse_ramp
from effnetv2_keras.errors import UsageError


def test_a_ramp_rises_in_equal_steps():
    assert [Ramp(5, 15).at(phase, of=5) for phase in range(5)] == [5.0, 7.5, 10.0, 12.5, 15.0]


def test_a_single_phase_has_the_last_value():
    assert Ramp(5, 15).at(0, of=1) == 15.0


def test_a_number_is_a_constant_ramp():
    assert parse_ramp("--mixup", "0.2") == Ramp(0.2, 0.2)


def test_a_malformed_ramp_is_named():
    with pytest.raises(UsageError, match=r"`--mixup` must be a number or FIRST:LAST, like 5:15. Got: 'much'."):
        parse_ramp("--mixup", "much")


def test_progressive_reads_sizes_and_phases():
    assert parse_progressive("128:300/4") == (Ramp(128, 300), 4)


@pytest.mark.parametrize("text", ["", "128", "128:224", "128:224/", "a:b/4", "128:224/0", "128:224/2.5", "-1:2/3"])
def test_malformed_progressive_says_what_is_expected(text):
    with pytest.raises(UsageError, match="FIRST:LAST/PHASES in whole numbers, like 128:224/4"):
        parse_progressive(text)

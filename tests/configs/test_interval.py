import pytest

from effnetv2_keras.configs.interval import Interval, parse_interval
from effnetv2_keras.errors import UsageError


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("1", Interval(steps=1)),
        ("500", Interval(steps=500)),
        ("30s", Interval(seconds=30)),
        ("10m", Interval(seconds=600)),
        (" 2h ", Interval(seconds=7200)),
    ],
)
def test_steps_have_no_unit_and_times_have_one(text, interval):
    assert parse_interval("checkpoint_every", text) == interval


@pytest.mark.parametrize("text", ["", "0", "0s", "-5", "1.5m", "10 minutes", "m", "1d"])
def test_anything_else_is_refused(text):
    with pytest.raises(UsageError) as caught:
        parse_interval("checkpoint_every", text)
    rule = "`checkpoint_every` must be steps like 500, or a time like 30s, 10m or 1h."
    assert str(caught.value) == f"{rule} Got: {text}."

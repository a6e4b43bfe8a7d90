import pytest

from effnetv2_keras.inference.latency import Latency, measure_latency, summarise


def test_the_first_calls_are_not_counted():
    called = []
    latency = measure_latency(lambda: called.append(1), 7)
    assert (len(called), latency.num_calls) == (10, 7)


def test_the_median_and_the_outer_tenths():
    assert summarise([float(n) for n in range(1, 12)]) == Latency(11, 6.0, 2.0, 10.0)
    assert summarise([4.0]) == Latency(1, 4.0, 4.0, 4.0)


def test_reads_as_a_line():
    assert str(Latency(30, 3.14159, 3.0, 3.5)) == "median 3.14 ms, 10 % to 90 % 3.00 to 3.50 ms, 30 calls"


def test_slow_calls_take_longer():
    import time

    assert measure_latency(lambda: time.sleep(0.01), 3).median == pytest.approx(10, rel=0.9)

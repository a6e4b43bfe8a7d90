import numpy as np
import pytest

from effnetv2_keras.export.lite.diagnosis import channel_ratios
from effnetv2_keras.export.lite.equalise import equalise, factors_of
from effnetv2_keras.export.lite.quantise import to_hybrid, to_int8
from effnetv2_keras.export.lite.ranges import measure_ranges
from effnetv2_keras.export.lite.scores import scores_of_file, scores_of_model
from effnetv2_keras.export.subject import make_subject

NUM_TESTED = 200


@pytest.fixture
def test_scans(scans):
    return scans.test[:NUM_TESTED]


def test_the_network_reads_digits_and_its_twin_computes_the_same(even, uneven, test_scans, right):
    scores = scores_of_model(make_subject(even, None, 32), test_scans)
    assert right(scores) > 0.85
    np.testing.assert_allclose(scores_of_model(make_subject(uneven, None, 32), test_scans), scores, atol=1e-5)


def test_int8_fails_on_uneven_channels_and_holds_where_they_are_equalised(
    graph, ranges, uneven_file, test_scans, right
):
    float32 = right(scores_of_file(uneven_file, test_scans))
    plain = right(scores_of_file(to_int8(graph, ranges), test_scans))
    equalise(graph, ranges)
    held = right(scores_of_file(to_int8(graph, ranges), test_scans))
    assert plain < float32 - 0.2
    assert held > float32 - 0.04


def test_hybrid_loses_on_uneven_channels_too(graph, ranges, uneven_file, test_scans):
    float32 = scores_of_file(uneven_file, test_scans).argmax(axis=1)
    plain = scores_of_file(to_hybrid(uneven_file), test_scans).argmax(axis=1)
    equalise(graph, ranges)
    held = scores_of_file(to_hybrid(bytes(graph.content)), test_scans).argmax(axis=1)
    assert np.mean(plain == float32) < 0.9
    assert np.mean(held == float32) > 0.95


def test_what_the_network_computes_stays_the_same(graph, ranges, uneven_file, test_scans):
    before = scores_of_file(uneven_file, test_scans)
    assert equalise(graph, ranges) == 2
    assert bytes(graph.content) != uneven_file
    np.testing.assert_allclose(scores_of_file(bytes(graph.content), test_scans), before, atol=1e-5)


def test_channels_are_of_one_size_afterwards(graph, ranges):
    assert channel_ratios(graph, ranges)["residual"] > 30
    equalise(graph, ranges)
    assert channel_ratios(graph, ranges)["residual"] < 2


def test_ranges_are_scaled_as_the_network_is(graph, ranges, scans):
    equalise(graph, ranges)
    measured = measure_ranges(graph, list(scans.fit[:50]))
    assert set(measured.low) == set(ranges.low)
    for tensor in measured.low:
        np.testing.assert_allclose(ranges.low[tensor], measured.low[tensor], rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(ranges.high[tensor], measured.high[tensor], rtol=1e-3, atol=1e-3)


def test_factors_bring_every_channel_to_the_geometric_mean():
    assert factors_of(np.array([1.0, 2.0, 4.0])).tolist() == pytest.approx([2.0, 1.0, 0.5])


def test_a_channel_that_hardly_speaks_is_turned_up_no_further_than_a_hundredth_of_the_median():
    factors = factors_of(np.array([1.0, 1.0, 1.0, 1e-9]))
    # heard as 0.01: the geometric mean of 1, 1, 1 and 0.01 is 0.01 ** 0.25
    assert factors.tolist() == pytest.approx([0.316228, 0.316228, 0.316228, 31.6228], rel=1e-5)


def test_silent_channels_stay_as_they_are():
    assert factors_of(np.zeros(3)).tolist() == [1.0, 1.0, 1.0]

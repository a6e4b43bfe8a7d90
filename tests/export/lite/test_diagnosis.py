import numpy as np
import pytest

from effnetv2_keras.export.lite.diagnosis import channel_ratios
from effnetv2_keras.export.lite.ranges import Ranges


def tensor(graph, ending):
    return next(number for number, name in enumerate(graph.names) if name.endswith(ending))


def test_a_stream_counts_as_residual_and_what_blocks_compute_as_inside(graph):
    ranges = Ranges()
    ranges.add(tensor(graph, "stage2_block2_1/add"), np.array([[1.0] * 23 + [-12.0]]))
    ranges.add(tensor(graph, "stage2_block1_expand_1/mul_1"), np.array([[2.0] * 63 + [14.0]]))
    assert channel_ratios(graph, ranges) == {"residual": pytest.approx(12.0), "inside": pytest.approx(7.0)}


def test_few_channels_and_silent_ones_say_nothing(graph):
    ranges = Ranges()
    ranges.add(tensor(graph, "stage2_block2_1/add"), np.zeros((1, 24)))
    ranges.add(tensor(graph, "stage3_block1_se_1/mul_1"), np.array([[1.0, 1.0, 1.0, 1.0, 1.0, 90.0]]))
    assert channel_ratios(graph, ranges) == {"residual": 1.0, "inside": 1.0}

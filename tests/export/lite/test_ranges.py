import keras
import numpy as np

from effnetv2_keras.export.lite.float_file import Ends, converting
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.ranges import Ranges, before_first_convolution, measure_ranges
from effnetv2_keras.export.subject import make_subject


def test_ranges_are_those_of_what_the_keras_layers_compute(graph, ranges, uneven, scans):
    sums = keras.Model(uneven.input, uneven.get_layer("stage2_block2").output)
    values = sums(scans.fit[:50].astype("float32")).numpy()
    [tensor] = [t for t in ranges.low if graph.names[t].endswith("stage2_block2_1/add")]
    np.testing.assert_allclose(ranges.low[tensor], values.min(axis=(0, 1, 2)), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ranges.high[tensor], values.max(axis=(0, 1, 2)), rtol=1e-3, atol=1e-4)


def test_pixels_have_their_whole_range_whatever_the_images_show(graph):
    grey = [np.full((32, 32, 3), 100, np.uint8)]
    ranges = measure_ranges(graph, grey)
    pixels = before_first_convolution(graph)
    assert (float(ranges.low[pixels[0]].min()), float(ranges.high[pixels[0]].max())) == (0.0, 255.0)
    # the last step of (x - 128) / 128
    assert (float(ranges.low[pixels[-1]].min()), float(ranges.high[pixels[-1]].max())) in (
        (-1.0, 0.9921875),
        (-128.0, 127.0),
    )
    later = [t for t in ranges.low if t not in pixels]
    assert len(later) > 20


def test_an_image_of_floats_has_a_range_too(uneven):
    with converting(make_subject(uneven, None, 32), Ends(input="float32")) as converter:
        graph = LiteGraph(converter.convert("float32"))
    ranges = measure_ranges(graph, [np.full((32, 32, 3), 100, np.uint8)])
    [image] = [tensor for tensor in ranges.low if graph.names[tensor] == "serving_default_image:0"]
    assert (ranges.low[image].tolist(), ranges.high[image].tolist()) == ([0.0] * 3, [255.0] * 3)


def test_every_image_widens_the_range():
    ranges = Ranges()
    ranges.add(7, np.array([[[1.0, -2.0]]]))
    ranges.add(7, np.array([[[0.5, 3.0]]]))
    assert ranges.low[7].tolist() == [0.5, -2.0]
    assert ranges.high[7].tolist() == [1.0, 3.0]
    assert ranges.largest(7).tolist() == [1.0, 3.0]


def test_says_how_far_it_is(graph, scans):
    seen = []
    measure_ranges(graph, list(scans.fit[:3]), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]

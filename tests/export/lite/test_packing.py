import numpy as np
import pytest
from uneven_network import SIDE

from effnetv2_keras import ModelConfig, Stage, create_model
from effnetv2_keras.export.lite.float_file import Ends, converting
from effnetv2_keras.export.lite.packing import with_weights_inside
from effnetv2_keras.export.lite.quantise import to_hybrid
from effnetv2_keras.export.lite.scores import scores_of_file
from effnetv2_keras.export.subject import make_subject
from effnetv2_keras.inference.lite_contents import lite_schema, read_lite_contents


@pytest.fixture(scope="module")
def large_file():
    """A float32 file whose weights the quantizer does not keep inside: more than 256 kB of them remain."""
    stages = (Stage("fused", 3, 2, 4, 64, 1), Stage("mbconv", 3, 2, 4, 96, 1, 0.25))
    network = create_model(ModelConfig("large", stages=stages, stem=32, head=3072), num_classes=10)
    with converting(make_subject(network, None, SIDE), Ends()) as converter:
        return converter.convert("float32")


def buffers(content):
    return lite_schema().ModelT.InitFromPackedBuf(content).buffers


def test_a_quantised_file_has_all_of_its_weights_inside(large_file, scans):
    content = to_hybrid(large_file)
    assert not [buffer for buffer in buffers(content) if buffer.offset]
    seen = read_lite_contents(content)
    assert seen.weight_bytes["int8"] > 0.22 * len(large_file)
    assert np.isfinite(scores_of_file(content, scans.test[:1])).all()


def test_weights_behind_the_flatbuffer_are_brought_in_and_answer_the_same(large_file, scans):
    from ai_edge_quantizer import quantizer, recipe

    made = quantizer.Quantizer(large_file, recipe.weight_only_wi8_afp32())
    outside = bytes(made.quantize(enable_progress_report=False).quantized_model)
    assert [buffer for buffer in buffers(outside) if buffer.offset > 1]
    inside = with_weights_inside(outside)
    assert not [buffer for buffer in buffers(inside) if buffer.offset]
    np.testing.assert_array_equal(scores_of_file(inside, scans.test[:2]), scores_of_file(outside, scans.test[:2]))


def test_weights_begin_at_multiples_of_sixteen_bytes(large_file):
    content = to_hybrid(large_file)
    model = lite_schema().Model.GetRootAs(content, 0)
    starts = []
    for number in range(model.BuffersLength()):
        buffer = model.Buffers(number)
        if buffer.DataLength() > 64:
            starts.append(buffer._tab.Vector(buffer._tab.Offset(4)))
    assert len(starts) > 5
    assert {start % 16 for start in starts} == {0}


def test_a_file_whose_weights_are_inside_stays_as_it_is(large_file):
    assert with_weights_inside(large_file) == large_file

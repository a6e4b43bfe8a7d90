import sys

import numpy as np
import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.lite.blocks import block_scopes
from effnetv2_keras.export.lite.equalise import equalise
from effnetv2_keras.export.lite.quantise import check_quantizer, to_hybrid, to_int8
from effnetv2_keras.export.lite.scores import latency_ratio, scores_of_file
from effnetv2_keras.inference.interpreter import make_interpreter
from effnetv2_keras.inference.lite_contents import read_lite_contents


def types_of(content):
    """The type of every tensor, by name, as the runtime sees them."""
    details = make_interpreter(content).get_tensor_details()
    return {one["name"]: np.dtype(one["dtype"]).name for one in details}


def computed_types(content, block):
    """The types of what a block computes."""
    kinds = types_of(content)
    parts = ("add", "mul_1", "mul_2", "Sigmoid", "Mean")
    return {kind for name, kind in kinds.items() if f"/{block}_1/" in name and name.rsplit("/", 1)[-1] in parts}


def test_a_hybrid_file_holds_bytes_and_computes_in_float(uneven_file):
    content = to_hybrid(uneven_file)
    seen = read_lite_contents(content)
    assert len(content) < 0.45 * len(uneven_file)
    assert next(iter(seen.weight_bytes)) == "int8"
    assert "int8" not in seen.values
    # the kernels of the depthwise convolutions, which compute in float32, are made float32 on the way
    assert seen.operations["DEQUANTIZE"] == 2


def test_an_int8_file_computes_in_int8_but_for_the_classifier(graph, ranges):
    seen = read_lite_contents(to_int8(graph, ranges))
    assert next(iter(seen.values)) == "int8"
    assert seen.values["float32"] == 4  # pixels, pooled features, logits, probabilities
    assert seen.operations["QUANTIZE"] == seen.operations["DEQUANTIZE"] == 1


def test_the_pixels_of_an_int8_file_have_steps_of_one_level(graph, ranges, scans):
    content = to_int8(graph, ranges)
    interpreter = make_interpreter(content)
    scales = [
        d["quantization"][0] for d in interpreter.get_tensor_details() if "Cast" in d["name"] and d["dtype"] == np.int8
    ]
    assert scales == [pytest.approx(1.0)]


def test_a_block_that_is_made_hybrid_computes_in_float_and_the_others_in_int8(graph, ranges, uneven):
    scopes = block_scopes(graph, [layer.name for layer in uneven.layers])
    whole = to_int8(graph, ranges)
    mixed = to_int8(graph, ranges, [scopes["stage3_block2"]])
    assert computed_types(whole, "stage3_block2") == {"int8"}
    assert computed_types(mixed, "stage3_block2") == {"float32"}
    assert computed_types(mixed, "stage3_block1") == computed_types(mixed, "stage2_block2") == {"int8"}
    assert len(mixed) < 1.15 * len(whole)


def test_hybrid_blocks_come_nearer_to_float32(graph, ranges, uneven, uneven_file, scans):
    equalise(graph, ranges)
    some = scans.test[:100]
    expected = scores_of_file(uneven_file, some)
    scopes = block_scopes(graph, [layer.name for layer in uneven.layers])
    errors = [
        float(np.abs(scores_of_file(to_int8(graph, ranges, hybrid), some) - expected).mean())
        for hybrid in ((), list(scopes.values()))
    ]
    assert errors[1] < 0.8 * errors[0]


def test_the_time_of_a_file_against_itself_is_one(uneven_file, scans):
    assert 0.5 < latency_ratio(uneven_file, uneven_file, scans.test[0]) < 2.0


def test_without_the_quantizer_it_says_what_to_install_and_what_works_without(monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_quantizer", None)
    with pytest.raises(UsageError, match=r"pip install 'effnetv2_keras\[tflite\]'.*--precision dynamic"):
        check_quantizer()

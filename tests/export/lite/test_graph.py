import numpy as np
import pytest

from effnetv2_keras.export.lite.float_file import Ends, converting
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.scores import scores_of_file
from effnetv2_keras.export.subject import make_subject


def operation(graph, kind, name):
    return next(op for op in graph.operations if op.kind == kind and name in graph.names[op.outputs[0]])


def test_kernels_lie_outputs_first(graph, uneven):
    conv = operation(graph, "CONV_2D", "stage3_block1_expand")
    assert graph.shapes[conv.inputs[1]] == (96, 1, 1, 24)
    dense = [op for op in graph.operations if op.kind == "FULLY_CONNECTED"][-1]
    kernel = graph.constant(dense.inputs[1])
    np.testing.assert_allclose(kernel, np.asarray(uneven.layers[-1].kernel).T, rtol=1e-6)


def test_what_is_written_to_a_constant_is_in_the_file(graph, scans):
    before = scores_of_file(bytes(graph.content), scans.test[:2])
    dense = [op for op in graph.operations if op.kind == "FULLY_CONNECTED"][-1]
    graph.constant(dense.inputs[1])[:] = 0.0
    graph.constant(dense.inputs[2])[:] = 0.0
    np.testing.assert_allclose(scores_of_file(bytes(graph.content), scans.test[:2]), 0.1, atol=1e-6)
    assert np.abs(before - 0.1).max() > 0.1


def test_the_bytes_that_it_was_made_of_stay_as_they_are(uneven_file):
    kept = bytes(uneven_file)
    graph = LiteGraph(uneven_file)
    graph.constant(next(op for op in graph.operations if op.kind == "CONV_2D").inputs[1])[:] = 1.0
    assert uneven_file == kept
    assert bytes(graph.content) != kept


def test_computed_tensors_are_float_and_no_constants(graph):
    cast = next(op for op in graph.operations if op.kind == "CAST")
    assert not graph.is_computed(cast.inputs[0])  # bytes
    assert graph.is_computed(cast.outputs[0])
    conv = operation(graph, "CONV_2D", "stage2_block2_expand")
    assert graph.is_constant(conv.inputs[1])
    assert not graph.is_computed(conv.inputs[1])


def test_activations_that_the_converter_has_merged_are_told(tiny_model_file):
    from effnetv2_keras import ModelConfig, Stage, create_model

    config = ModelConfig("relu6", stages=(Stage("fused", 3, 2, 2, 8, 1),), stem=8, head=16, activation="relu6")
    with converting(make_subject(create_model(config, num_classes=3), None, 32), Ends()) as converter:
        graph = LiteGraph(converter.convert("float32"))
    kinds = {graph.names[op.outputs[0]].split("/")[1]: op.activation for op in graph.operations if op.kind == "CONV_2D"}
    activations = [op.activation for op in graph.operations if op.kind == "CONV_2D"]
    assert activations == ["RELU6", "RELU6", "NONE", "RELU6"], kinds


@pytest.mark.parametrize(("number", "expected"), [(1.0, True), (0.0, False)])
def test_values_that_several_operations_read_are_shared(number, expected):
    import tensorflow as tf

    same = tf.constant(np.full((4,), 1.0, np.float32))
    other = tf.constant(np.full((4,), 2.0 - number, np.float32))

    @tf.function(input_signature=[tf.TensorSpec([1, 4], tf.float32)])
    def call(x):
        return tf.sin(x + same) + other

    content = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()]).convert()
    graph = LiteGraph(content)
    constants = {t for op in graph.operations for t in op.inputs if graph.is_constant(t)}
    assert any(graph.is_shared(one) for one in constants) is expected

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.export.lite.float_file import Ends, converting
from effnetv2_keras.export.lite.gate import check_answers, check_contents
from effnetv2_keras.export.lite.lite_parity import set_parity
from effnetv2_keras.export.lite.quantise import to_hybrid, to_int8
from effnetv2_keras.export.lite.scores import scores_of_file, scores_of_model
from effnetv2_keras.export.subject import make_subject

UINT8 = Ends()


@pytest.fixture(scope="module")
def subject(uneven):
    return make_subject(uneven, None, 32)


def converted(function, shape, operations=(tf.lite.OpsSet.TFLITE_BUILTINS,), module=None):
    """A file of one function of an image, called as ours are."""
    module = module or tf.Module()
    module.score = tf.function(
        lambda image: {"probabilities": function(tf.cast(image, tf.float32))},
        input_signature=[tf.TensorSpec(shape, tf.uint8, name="image")],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.score.get_concrete_function()], module)
    converter.target_spec.supported_ops = list(operations)
    return converter.convert()


def test_lets_our_files_through(uneven_file, subject, graph, ranges):
    seen = check_contents(uneven_file, "float32", UINT8, subject, uneven_file)
    assert seen.signatures == ("serving_default",)
    check_contents(to_hybrid(uneven_file), "hybrid", UINT8, subject, uneven_file)
    check_contents(to_int8(graph, ranges), "int8", UINT8, subject, uneven_file)


@pytest.mark.parametrize("precision", ["int8", "int16x8", "hybrid", "dynamic", "float16"])
def test_a_float32_file_is_no_smaller_one(uneven_file, subject, precision):
    with pytest.raises(RuntimeError, match=f"weights and values in {precision}"):
        check_contents(uneven_file, precision, UINT8, subject, uneven_file)


def test_a_hybrid_file_is_no_int8_file(uneven_file, subject):
    with pytest.raises(RuntimeError, match="weights and values in int8. Got: weights {'int8'"):
        check_contents(to_hybrid(uneven_file), "int8", UINT8, subject, uneven_file)


def test_names_operations_that_a_phone_does_not_have(subject, uneven_file):
    select = (tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS)
    content = converted(lambda x: tf.linalg.inv(x[:, :10, :10, 0])[:, 0], [1, 32, 32, 3], select)
    with pytest.raises(RuntimeError, match="every runtime has. Got: FlexMatrixInverse"):
        check_contents(content, "float32", UINT8, subject, uneven_file)


def test_refuses_shapes_that_may_change(subject, uneven_file):
    content = converted(lambda x: tf.nn.softmax(x[:, :10, 0, 0]), [None, 32, 32, 3])
    with pytest.raises(RuntimeError, match="fixed shapes"):
        check_contents(content, "float32", UINT8, subject, uneven_file)


def test_refuses_weights_in_variables(subject, uneven_file):
    module = tf.Module()
    module.weight = tf.Variable(np.ones((10,), np.float32))

    def score(x):
        module.weight.assign_add(tf.ones((10,)))
        return tf.nn.softmax(x[:, :10, 0, 0] * module.weight)

    content = converted(score, [1, 32, 32, 3], module=module)
    with pytest.raises(RuntimeError, match="constant weights, no variables. Got: VAR_HANDLE"):
        check_contents(content, "float32", UINT8, subject, uneven_file)


@pytest.mark.parametrize(
    ("ends", "rule"),
    [
        (Ends(input="float32"), "one input image, float32. Got: .*uint8"),
        (Ends(output="logits"), "one output logits, float32. Got: .*probabilities"),
    ],
)
def test_refuses_other_ends_than_were_asked_for(uneven_file, subject, ends, rule):
    with pytest.raises(RuntimeError, match=rule):
        check_contents(uneven_file, "float32", ends, subject, uneven_file)


def test_refuses_another_size(uneven_file, subject):
    with pytest.raises(RuntimeError, match="one input image"):
        check_contents(uneven_file, "float32", UINT8, replace(subject, image_size=40), uneven_file)


def test_answers_within_the_precision_pass_and_nonsense_does_not(graph, subject, scans):
    some = scans.test[:20]
    expected = scores_of_model(subject, some)
    check_answers(set_parity("plain", scores_of_file(bytes(graph.content), some), expected, "logits", None), "float32")
    dense = [op for op in graph.operations if op.kind == "FULLY_CONNECTED"][-1]
    graph.constant(dense.inputs[1])[:] *= -1.0
    strayed = set_parity("plain", scores_of_file(bytes(graph.content), some), expected, "logits", None)
    for precision in ("float32", "int8"):
        with pytest.raises(RuntimeError, match=f"logits of a {precision} file must be within"):
            check_answers(strayed, precision)


def test_refuses_answers_that_are_no_numbers(subject, scans):
    expected = scores_of_model(subject, scans.test[:2])
    parity = set_parity("plain", np.full_like(expected, np.nan), expected, "logits", None)
    with pytest.raises(RuntimeError, match="Got: nan"):
        check_answers(parity, "int8")


def test_a_new_network_whose_logits_hardly_differ_passes():
    expected = np.full((2, 1000), 0.001)
    got = expected + np.random.default_rng(0).normal(0, 1e-4, expected.shape)
    check_answers(set_parity("plain", got, expected, "logits", None), "int8")


def test_logits_and_float_pixels_are_given_where_they_are_asked_for(subject, uneven, scans, uneven_file):
    ends = Ends("float32", "logits")
    with converting(subject, ends) as converter:
        content = converter.convert("float32")
    check_contents(content, "float32", ends, subject, content)
    np.testing.assert_allclose(
        scores_of_file(content, scans.test[:4]), scores_of_file(uneven_file, scans.test[:4]), atol=1e-5
    )

import sys

import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.lite_contents import LiteTensor, read_lite_contents


@pytest.fixture(scope="module")
def exported(forms):
    return forms["tflite"].read_bytes()


def converted(function, signature, **options):
    """Converts a function of tensors on its own."""
    concrete = tf.function(function, autograph=False, input_signature=[signature]).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    for name, value in options.items():
        setattr(converter, name, value)
    return converter.convert()


def test_says_what_goes_in_and_comes_out(exported):
    seen = read_lite_contents(exported)
    assert [(one.argument, one.dtype, one.shape) for one in seen.inputs] == [("image", "uint8", (1, 40, 40, 3))]
    assert [(one.argument, one.dtype, one.shape) for one in seen.outputs] == [("probabilities", "float32", (1, 3))]
    assert seen.signatures == ("serving_default",)
    assert seen.num_bytes == len(exported)


def test_labels_and_other_texts_are_those_appended(exported):
    seen = read_lite_contents(exported)
    assert seen.labels == ("blue", "green", "red")
    assert seen.texts["preprocessing.txt"] == "photos\n"


def test_operations_are_counted_and_all_are_built_in(exported):
    seen = read_lite_contents(exported)
    # a stem, fused expand and project, twice expand, squeeze-and-excitation's two and project, and the head
    assert seen.operations["CONV_2D"] == 12
    assert seen.operations["FULLY_CONNECTED"] == 1
    assert seen.operations["DEPTHWISE_CONV_2D"] == 2
    assert seen.operations["SOFTMAX"] == 1
    assert list(seen.operations.values()) == sorted(seen.operations.values(), reverse=True)
    assert (seen.not_built_in, seen.has_variables, seen.dynamic) == ((), False, ())


def test_names_what_tensorflow_has_to_be_there_for():
    content = converted(
        tf.linalg.inv,
        tf.TensorSpec([1, 3, 3], tf.float32),
        target_spec=tf.lite.TargetSpec([tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]),
    )
    assert read_lite_contents(content).not_built_in == ("FlexMatrixInverse",)


def test_names_tensors_whose_shape_may_change():
    content = converted(lambda x: x + 1.0, tf.TensorSpec([None, 4], tf.float32, name="rows"))
    seen = read_lite_contents(content)
    assert seen.inputs[0].shape == (-1, 4)
    assert set(seen.dynamic) == {seen.inputs[0].name, seen.outputs[0].name}
    assert seen.signatures == ()
    assert seen.labels is None


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected")
def test_quantised_ends_have_their_scale_and_zero_point():
    def rows():
        yield [np.array([[-1.0, 0.0, 0.5, 1.0]], np.float32)]

    content = converted(
        lambda x: tf.nn.relu(x @ tf.ones((4, 4))),
        tf.TensorSpec([1, 4], tf.float32, name="rows"),
        optimizations=[tf.lite.Optimize.DEFAULT],
        representative_dataset=rows,
        target_spec=tf.lite.TargetSpec([tf.lite.OpsSet.TFLITE_BUILTINS_INT8]),
        inference_input_type=tf.int8,
        inference_output_type=tf.int8,
    )
    seen = read_lite_contents(content)
    [image] = seen.inputs
    assert image.dtype == "int8"
    assert image.scales == (pytest.approx(2 / 255, rel=1e-3),)
    assert image.zero_points in ((-1,), (0,))
    assert seen.weight_bytes["int8"] >= 16


def test_weights_count_by_the_type_they_are_stored_in(exported):
    seen = read_lite_contents(exported)
    assert next(iter(seen.weight_bytes)) == "float32"
    assert 0.4 * seen.num_bytes < seen.weight_bytes["float32"] < seen.num_bytes


def test_what_is_computed_counts_by_its_type(exported):
    seen = read_lite_contents(exported)
    # the image is the only one of bytes; every operation makes one of float32
    assert seen.values == {"float32": sum(seen.operations.values()), "uint8": 1}


def test_a_tensor_without_a_signature_has_no_argument():
    content = converted(lambda x: x * 2.0, tf.TensorSpec([2], tf.float32, name="x"))
    assert read_lite_contents(content).inputs == (LiteTensor("", "x", "float32", (2,)),)


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\x00\x00\x00\x00TFL3"])
def test_refuses_what_is_no_file_of_this_kind(content):
    with pytest.raises(DataError, match="A TFLite file must "):
        read_lite_contents(content)


def test_refuses_a_file_that_ends_early(exported):
    with pytest.raises(DataError, match="A TFLite file must be whole"):
        read_lite_contents(exported[:400])


def test_tensorflows_own_classes_read_the_same_where_litert_is_not_installed(monkeypatch, exported):
    seen = read_lite_contents(exported)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    assert read_lite_contents(exported) == seen

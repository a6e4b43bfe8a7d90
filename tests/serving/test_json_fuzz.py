"""Any JSON comes back as it was, or is refused; nothing else happens."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from effnetv2_keras.serving.json_answer import column_answer, row_answer
from effnetv2_keras.serving.json_examples import read_examples
from effnetv2_keras.serving.json_predict import read_predict
from effnetv2_keras.serving.json_tensors import TYPES
from effnetv2_keras.serving.json_text import _read_deep, parse_json
from effnetv2_keras.serving.refusal import Refusal

QUICK = settings(max_examples=150, deadline=None)
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, 2**64, -(2**63), 10**400])
TEXTS = st.text(max_size=8) | st.fixed_dictionaries({"b64": st.text(alphabet="aB1+/=-_ ", max_size=8)})
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=20,
)
BODIES = st.dictionaries(
    st.sampled_from(["instances", "inputs", "signature_name", "examples", "context"]), VALUES, max_size=3
)
INPUTS = st.dictionaries(st.sampled_from("xyz"), st.sampled_from([*TYPES, "half"]), min_size=1, max_size=2)
NUMERIC = [np.float32, np.float64, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint32, np.uint64, np.bool_]
NAMES = {np.float32: "float", np.float64: "double", np.bool_: "bool"}
REFUSED = {400, 501}


def check_refused_or_read(read):
    try:
        return read()
    except Refusal as error:
        refusal = error
    assert refusal.http in REFUSED
    assert refusal.message
    return None


@QUICK
@given(BODIES, INPUTS)
def test_any_request_is_read_or_refused(body, inputs):
    text = json.dumps(body).encode()
    got = check_refused_or_read(lambda: read_predict(text, lambda _: inputs))
    if got is not None:
        assert set(got.tensors) == set(inputs)
    check_refused_or_read(lambda: read_examples(text))


@QUICK
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789.eE+-truefalsnINy \\', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(body):
    check_refused_or_read(lambda: parse_json(body))
    check_refused_or_read(lambda: read_predict(body, lambda _: {"x": "float"}))


@QUICK
@given(VALUES, st.integers(0, 200))
def test_any_text_that_is_cut_off_is_read_or_refused(value, length):
    text = json.dumps({"instances": [value]}).encode()[:length]
    check_refused_or_read(lambda: read_predict(text, lambda _: {"x": "string"}))


@QUICK
@given(VALUES)
def test_the_reader_for_deep_nesting_reads_what_python_reads(value):
    text = json.dumps(value, indent=1) + " rest"
    assert json.dumps(_read_deep(text, 0)) == json.dumps(value)


@QUICK
@given(st.data(), st.sampled_from(NUMERIC))
def test_every_tensor_of_numbers_comes_back(data, dtype):
    array = data.draw(hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)))
    text = column_answer({"x": array}).replace(b'{"outputs"', b'{"inputs"')
    name = NAMES.get(dtype, np.dtype(dtype).name)
    got = read_predict(text, lambda _: {"x": name}).tensors["x"]
    if array.size or array.ndim == 1:  # [[], []] has a shape of its own, [] in nothing has none
        np.testing.assert_array_equal(got, array, strict=array.size > 0)


@QUICK
@given(st.lists(st.binary(max_size=9), min_size=1, max_size=4))
def test_every_row_of_bytes_comes_back(values):
    array = np.array(values, object)
    text = row_answer({"x_bytes": array}).replace(b'{"predictions"', b'{"instances"')
    assert read_predict(text, lambda _: {"x": "string"}).tensors["x"].tolist() == values


@QUICK
@given(st.lists(st.text(max_size=9), min_size=1, max_size=4))
def test_every_row_of_text_comes_back(values):
    array = np.array([value.encode(errors="ignore") for value in values], object)
    text = row_answer({"x": array}).replace(b'{"predictions"', b'{"instances"')
    assert read_predict(text, lambda _: {"x": "string"}).tensors["x"].tolist() == array.tolist()


def test_what_is_too_deep_for_python_is_read_with_all_its_parts():
    depth = 3000
    text = ('{"a": [1, ' * depth + '"end"' + "]}" * depth).encode()
    value = parse_json(text)
    for _ in range(depth):
        one, value = value["a"]
        assert one == 1
    assert value == "end"

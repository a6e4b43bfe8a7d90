"""The JSON of TF Serving's REST API, case by case."""

import json

import numpy as np
import pytest
from serving_cases import FILE, array_of, body_of, cases, parsed, plain

from effnetv2_keras.serving.json_answer import column_answer, error_answer, row_answer
from effnetv2_keras.serving.json_examples import classify_answer, read_examples, regress_answer
from effnetv2_keras.serving.json_predict import read_predict
from effnetv2_keras.serving.paths import Target, read_path
from effnetv2_keras.serving.refusal import CODES, Refusal

WRITERS = {"row": row_answer, "columnar": column_answer}


def test_the_file_has_its_165_cases():
    assert sum(len(group) for group in FILE["cases"].values()) == 165


@pytest.mark.parametrize("case", cases("predict_request_codec"))
def test_predict_requests(case):
    expect = case["expect"]

    def read():
        return read_predict(body_of(case), lambda signature: case["signature_inputs"])

    if not expect["ok"]:
        with pytest.raises(Refusal) as error:
            read()
        assert error.value.code == expect["code"]
        assert expect["message_contains"] in error.value.message
        return
    got = read()
    assert got.format == expect["format"]
    assert got.signature == case.get("expect_signature_name", "serving_default")
    assert set(got.tensors) == set(expect["tensors"])
    for name, tensor in expect["tensors"].items():
        np.testing.assert_array_equal(got.tensors[name], array_of(tensor), strict=True)


@pytest.mark.parametrize("case", cases("predict_response_codec"))
def test_predict_answers(case):
    tensors = {name: array_of(tensor) for name, tensor in case["tensors"].items()}
    checked = 0
    for form, write in WRITERS.items():
        if f"{form}_json_text" in case["expect"]:
            assert parsed(case, write(tensors)) == parsed(case, case["expect"][f"{form}_json_text"])
            checked += 1
        if f"{form}_error_contains" in case["expect"]:
            with pytest.raises(Refusal) as error:
                write(tensors)
            assert case["expect"][f"{form}_error_contains"] in error.value.message
            checked += 1
    assert checked == len(case["expect"])


@pytest.mark.parametrize("case", cases("example_request_codec"))
def test_example_requests(case):
    expect = case["expect"]
    if not expect["ok"]:
        with pytest.raises(Refusal) as error:
            read_examples(body_of(case))
        assert error.value.code == expect["code"]
        assert expect["message_contains"] in error.value.message
        return
    got = read_examples(body_of(case))
    assert [features(example) for example in got.examples] == expect["examples"]
    assert (got.context and features(got.context)) == expect["context"]
    assert got.signature == expect["signature_name"]


def features(example):
    """Writes features as the file does."""
    names = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
    return {
        name: {kind: plain([v.decode() if isinstance(v, bytes) else names.get(v, v) for v in values])}
        for name, (kind, values) in example.items()
    }


@pytest.mark.parametrize("case", cases("example_response_codec"))
def test_example_answers(case):
    if case["kind"] == "classify":
        write, result = classify_answer, case["result"]
    else:
        write, result = regress_answer, [float(value) for value in case["result"]]
    if "error_contains" in case["expect"]:
        with pytest.raises(Refusal, match=case["expect"]["error_contains"]):
            write(result)
    else:
        assert parsed(case, write(result)) == parsed(case, case["expect"]["json_text"])


@pytest.mark.parametrize("case", cases("error_body"))
def test_errors(case):
    assert json.loads(error_answer(case["message"])) == case["expect"]["json"]


def test_codes_have_the_status_of_the_rest_api():
    assert {name: http for name, (_, http) in CODES.items()} == FILE["http_status_of_code"]


@pytest.mark.parametrize("case", cases("path_parse"))
def test_paths(case):
    expect = case["expect"]
    if "error" in expect:
        with pytest.raises(Refusal, match=expect["message_contains"]) as error:
            read_path(case["method"], case["path"])
        assert error.value.code == expect["error"]
    elif not expect["match"]:
        assert read_path(case["method"], case["path"]) is None
    else:
        wanted = Target(
            expect["model"], expect.get("version"), expect.get("label"), expect.get("verb", expect.get("subresource"))
        )
        assert read_path(case["method"], case["path"]) == wanted

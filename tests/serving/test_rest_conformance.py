"""TF Serving's REST API over a real connection, case by case."""

import gzip
import json

import pytest
from plain_http import ask
from serving_cases import cases, parsed


def send(server, case):
    body = None if case["body_text"] is None else case["body_text"].encode()
    if case.get("body_encoding") == "gzip":
        body = gzip.compress(body)
    return ask(server.rest_port, case["method"], case["path"], body, case["headers"])


@pytest.mark.parametrize("case", cases("rest"))
def test_rest(half_plus_server, case):
    expect = case["expect"]
    status, headers, body = send(half_plus_server, case)
    assert status == expect["http"], body
    if "json" in expect:
        assert parsed(case, body) == parsed(case, json.dumps(expect["json"]))
    if "json_error_contains" in expect:
        assert expect["json_error_contains"] in json.loads(body)["error"]
    if "content_type" in expect:
        assert headers["content-type"] == expect["content_type"]
    if "expect_subset" in case:
        assert_within(case["expect_subset"], json.loads(body))
    if "expect_body_contains" in case:
        assert case["expect_body_contains"] in body.decode()


def assert_within(part, whole, where="answer"):
    """Every key of `part` is in `whole`, with the same value."""
    if isinstance(part, dict):
        for key, value in part.items():
            assert key in whole, f"{where} has no {key}"
            assert_within(value, whole[key], f"{where}.{key}")
    else:
        assert whole == part, where

"""Facts about TF Serving as requests and answers: `goldens/serving_conformance.json`, read as its `conventions` say."""

import json
from pathlib import Path

import numpy as np
import pytest

FILE = json.loads((Path(__file__).parents[1] / "goldens" / "serving_conformance.json").read_text(encoding="utf-8"))
TYPES = {"float": "float32", "double": "float64", "half": "float16", "string": object}


def cases(group):
    """Returns the cases of a group as parameters of a test."""
    return [pytest.param(case, id=case["id"]) for case in FILE["cases"][group]]


def body_of(case):
    """Returns the bytes of the request."""
    if "body_generate" in case:
        made = case["body_generate"]
        return "".join([made["prefix"], *(text * count for text, count in made["repeat"]), made["suffix"]]).encode()
    return (case["body_text"] or "").encode()


def array_of(tensor):
    """Returns a tensor of the file; strings stand for the floats that JSON has no digits for."""
    values = tensor.get("values", [])
    if tensor["dtype"] == "string":
        array = np.empty(len(values), object)
        array[:] = [value.encode() for value in values]
    elif tensor["dtype"].startswith("complex"):
        array = np.array([complex(value.replace("i", "j")) for value in values], tensor["dtype"])
    else:
        array = np.array(
            [float(v) if isinstance(v, str) else v for v in values], TYPES.get(tensor["dtype"], tensor["dtype"])
        )
    return array.reshape(tensor["shape"])


def numbers_as_text(body):
    """Parses JSON and keeps numbers as they are written."""
    return json.loads(body, parse_int=str, parse_float=str, parse_constant=str)


def plain(value):
    """Replaces NaN, which is not equal to itself."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return "NaN" if value != value else value


def parsed(case, body):
    """Parses an answer the way the case compares it."""
    return numbers_as_text(body) if case.get("compare") == "number_text" else plain(json.loads(body))

"""The bodies of Classify and Regress requests, which are `tf.train.Example`s, and their answers.

Source: TF Serving, `json_tensor.cc` (`FillClassificationRequestFromJson`, `MakeJsonFromClassificationResult`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from effnetv2_keras.serving.json_answer import decimals, text
from effnetv2_keras.serving.json_predict import read_object, signature_of
from effnetv2_keras.serving.json_tensors import is_base64, kind_of, shown, to_bytes
from effnetv2_keras.serving.refusal import invalid

Feature = tuple[str, list]  # which of `bytes_list`, `float_list` and `int64_list`, and its values
LISTS = {int: "int64_list", bool: "int64_list", float: "float_list", str: "bytes_list", dict: "bytes_list"}
SMALLEST, LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class ExamplesBody:
    """What a request asks for.

    Args:
        signature: its name.
        examples: features by name, an element an example.
        context: features that all examples share, or None.
    """

    signature: str
    examples: Sequence[Mapping[str, Feature]]
    context: Mapping[str, Feature] | None


def read_examples(body: bytes) -> ExamplesBody:
    """Reads a request.

    Raises:
        Refusal: INVALID_ARGUMENT.
    """
    document = read_object(body)
    signature = signature_of(document)
    context = _example(document["context"]) if "context" in document else None
    if "examples" not in document:
        raise invalid("When method is classify or regress, key 'examples' is expected and was not found")
    examples = document["examples"]
    if not isinstance(examples, list):
        raise invalid("Expecting 'examples' value to be an list/array")
    if not examples:
        raise invalid("Expecting 'examples' value is an empty array")
    return ExamplesBody(signature, [_example(example) for example in examples], context)


def classify_answer(results: Sequence[Sequence[tuple[bytes | str, float]]]) -> bytes:
    """Returns `{"results": [[[label, score], ...], ...]}`.

    Args:
        results: labels and scores of each example.

    Raises:
        Refusal: INVALID_ARGUMENT where there is none.
    """
    if not results:
        raise invalid("Cannot convert empty ClassificationResults to JSON")
    rows = []
    for classes in results:
        scores = decimals(np.array([score for _, score in classes], np.float32))
        pairs = (f"[{text(label)}, {score}]" for (label, _), score in zip(classes, scores, strict=True))
        rows.append("[" + ", ".join(pairs) + "]")
    return _results(rows)


def regress_answer(values: Sequence[float]) -> bytes:
    """Returns `{"results": [value, ...]}`.

    Raises:
        Refusal: INVALID_ARGUMENT where there is none.
    """
    if not len(values):
        raise invalid("Cannot convert empty RegressionResults to JSON")
    return _results(decimals(np.asarray(values, np.float32)))


def _results(texts: Sequence[str]) -> bytes:
    return ('{"results": [' + ", ".join(texts) + "]}").encode(errors="surrogateescape")


def _example(value: Any) -> dict[str, Feature]:
    if not isinstance(value, dict):
        raise invalid(f"Example must be JSON object but got JSON {kind_of(value)}: {shown(value)}")
    return {name: _feature(name, one) for name, one in value.items()}


def _feature(name: str, value: Any) -> Feature:
    elements = value if isinstance(value, list) else [value]
    kinds = set()
    for element in elements:
        if type(element) not in LISTS or (type(element) is dict and not is_base64(element)):
            raise invalid(f"Example feature: {name} has element with unexpected JSON type: {kind_of(element)}")
        kinds.add(LISTS[type(element)])
        if type(element) is int and not SMALLEST <= element <= LARGEST:
            raise invalid(f"Example feature: {name} has uint64 element. Only int64_t is supported. Got: {element}")
    if len(kinds) > 1:
        raise invalid(f"Example feature: {name} has elements of several types: {', '.join(sorted(kinds))}")
    kind = kinds.pop() if kinds else "bytes_list"
    if kind == "bytes_list":
        return kind, [to_bytes(element) for element in elements]
    return kind, [int(element) if kind == "int64_list" else element for element in elements]

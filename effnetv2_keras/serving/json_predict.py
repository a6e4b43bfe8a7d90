"""The body of a Predict request, by row (`instances`) or by column (`inputs`).

Source: TF Serving, `json_tensor.cc` (`FillPredictRequestFromJson`) and `api_rest.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from effnetv2_keras.serving.json_tensors import is_base64, shown, to_array
from effnetv2_keras.serving.json_text import parse_json
from effnetv2_keras.serving.refusal import Refusal, invalid

Format = Literal["row", "columnar"]
DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True, slots=True)
class PredictBody:
    """What a request asks for.

    Args:
        signature: its name.
        format: what the answer has to be in.
        tensors: by the name of the input.
    """

    signature: str
    format: Format
    tensors: Mapping[str, np.ndarray]


def read_predict(body: bytes, inputs_of: Callable[[str], Mapping[str, str]]) -> PredictBody:
    """Reads a request.

    Args:
        body: JSON.
        inputs_of: gives the type of each input of a signature, as TensorFlow names it; asked once the JSON is whole.

    Raises:
        Refusal: INVALID_ARGUMENT, or UNIMPLEMENTED for types that REST cannot carry.
    """
    document = read_object(body)
    signature = signature_of(document)
    inputs = inputs_of(signature)
    if "instances" in document and "inputs" in document:
        raise invalid("Not formatted correctly: expecting either 'inputs' or 'instances', not both")
    if "instances" in document:
        try:
            return PredictBody(signature, "row", _rows(document["instances"], inputs))
        except Refusal as refusal:
            raise invalid(refusal.message) from None
    if "inputs" in document:
        return PredictBody(signature, "columnar", _columns(document["inputs"], inputs))
    raise invalid("Missing 'inputs' or 'instances' key")


def read_object(body: bytes) -> dict[str, Any]:
    """Returns the object that a request is.

    Raises:
        Refusal: INVALID_ARGUMENT where it is no JSON, or no object.
    """
    document = parse_json(body)
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {shown(document)} Is not object")
    return document


def signature_of(document: Mapping[str, Any]) -> str:
    """Returns the signature asked for.

    Raises:
        Refusal: INVALID_ARGUMENT where its name is no text.
    """
    name = document.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise invalid("'signature_name' key must be a string value.")
    return name


def _columns(values: Any, inputs: Mapping[str, str]) -> dict[str, np.ndarray]:
    if not isinstance(values, dict) or is_base64(values):
        if len(inputs) != 1:
            raise invalid("inputs is a plain value/list, but expecting an object as multiple inputs are required")
        [(name, dtype)] = inputs.items()
        return {name: to_array(values, dtype)}
    for name in inputs:
        if name not in values:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
    return {name: to_array(values[name], dtype) for name, dtype in inputs.items()}


def _rows(instances: Any, inputs: Mapping[str, str]) -> dict[str, np.ndarray]:
    if not isinstance(instances, list):
        raise invalid("Expecting 'instances' to be an list/array")
    if not instances:
        raise invalid("Expecting 'instances' to hold at least one. Got: none")
    if not isinstance(instances[0], dict) or is_base64(instances[0]):
        return _plain_rows(instances, inputs)
    columns: dict[str, list] = {name: [] for name in inputs}
    for number, instance in enumerate(instances):
        if not isinstance(instance, dict):
            raise invalid(f"Expecting object but got list at input: {number} in instances list")
        for name in instance:
            if name not in inputs:
                raise invalid(f"Failed to process element: {number} key: {name}: does not have named input: {name}")
        if len(instance) != len(inputs):
            raise invalid(
                f"Failed to process element: {number} of 'instances' list. JSON object: keys must be equal to: "
                f"{','.join(sorted(inputs))}"
            )
        for name, value in instance.items():
            columns[name].append(value)
    return {name: _stack(values, inputs[name]) for name, values in columns.items()}


def _plain_rows(instances: list, inputs: Mapping[str, str]) -> dict[str, np.ndarray]:
    if len(inputs) != 1:
        raise invalid("instances is a plain list, but expecting list of objects as multiple inputs are required")
    [(name, dtype)] = inputs.items()
    for number, instance in enumerate(instances):
        if isinstance(instance, dict) and not is_base64(instance):
            raise invalid(f"Expecting value/list but got object at input: {number} in instances list")
    return {name: to_array(instances, dtype)}


def _stack(values: list, dtype: str) -> np.ndarray:
    """Puts the tensors of the instances together; names the first that is not as large as the one before."""
    arrays = [to_array(value, dtype) for value in values]
    for number, array in enumerate(arrays):
        if array.size != arrays[0].size:
            raise invalid(
                f"Failed to process element: {number} of 'instances' list. Expecting tensor size: {arrays[0].size} "
                f"but got: {array.size}"
            )
        if array.shape != arrays[0].shape:
            raise invalid(
                f"Failed to process element: {number} of 'instances' list. Expecting shape "
                f"{list(arrays[0].shape)} but got {list(array.shape)}"
            )
    return np.stack(arrays)

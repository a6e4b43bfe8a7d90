"""From values of JSON to tensors.

Source: TF Serving, `json_tensor.cc`: the shape is that of the first element of each list; types are never converted,
but for whole numbers where a float is wanted.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from effnetv2_keras.serving.refusal import Refusal, invalid

# fmt: off
#             NumPy's type     what its elements are in JSON
TYPES: dict[str, tuple[Any, tuple[type, ...]]] = {
    "float":  (np.float32,     (int, float)),
    "double": (np.float64,     (int, float)),
    "int8":   (np.int8,        (int,)),
    "int16":  (np.int16,       (int,)),
    "int32":  (np.int32,       (int,)),
    "int64":  (np.int64,       (int,)),
    "uint8":  (np.uint8,       (int,)),
    "uint32": (np.uint32,      (int,)),
    "uint64": (np.uint64,      (int,)),
    "bool":   (np.bool_,       (bool,)),
    "string": (np.object_,     (str, dict)),
}
# fmt: on
LARGEST_RANK = 64  # NumPy's; a tensor of TensorFlow may have 254
LONGEST_SHOWN = 100  # characters of a value in an error
KINDS = {
    dict: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
    type(None): "Null",
}


def to_array(value: Any, dtype: str) -> np.ndarray:
    """Returns a tensor of nested lists.

    Args:
        value: lists in lists of equal length, or one element.
        dtype: TensorFlow's name, such as "float" or "string".

    Raises:
        Refusal: INVALID_ARGUMENT, or UNIMPLEMENTED for a type that REST cannot carry.
    """
    if dtype not in TYPES:
        raise Refusal("UNIMPLEMENTED", f"Conversion of JSON Value: {shown(value)} to type: {dtype}")
    leaves, shape = flatten(value)
    numpy_type, kinds = TYPES[dtype]
    if not set(map(type, leaves)) <= set(kinds):
        raise wrong_type(next(leaf for leaf in leaves if type(leaf) not in kinds), dtype)
    if dtype == "string":
        array = np.empty(len(leaves), np.object_)
        array[:] = [to_bytes(leaf) for leaf in leaves]
    elif float in kinds:
        array = _floats(leaves, numpy_type)
    else:
        array = _integers(leaves, numpy_type, dtype)
    return array.reshape(shape)


def flatten(value: Any) -> tuple[list, tuple[int, ...]]:
    """Returns the elements of nested lists, in order, and their shape.

    Raises:
        Refusal: INVALID_ARGUMENT for lists of unequal length, or too many within each other.
    """
    leaves: list = [value]
    shape: tuple[int, ...] = ()
    while leaves and type(leaves[0]) is list:
        length = len(leaves[0])
        for leaf in leaves:
            if type(leaf) is not list or len(leaf) != length:
                raise invalid(f"Encountered ragged list: Expecting shape {_of(leaves[0])} but got {_of(leaf)}")
        shape = (*shape, length)
        if len(shape) > LARGEST_RANK:
            raise invalid(f"A tensor must have at most {LARGEST_RANK} dimensions. Got more.")
        leaves = list(chain.from_iterable(leaves))
    if any(type(leaf) is list for leaf in leaves):
        found = next(leaf for leaf in leaves if type(leaf) is list)
        raise invalid(f"Encountered ragged list: Expecting shape [] but got {_of(found)}")
    return leaves, shape


def to_bytes(value: str | dict) -> bytes:
    """Returns the bytes of a text or of `{"b64": text}`.

    Raises:
        Refusal: INVALID_ARGUMENT for any other value, or a text that is no base64.
    """
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise invalid("JSON Parse error: a text holds half of a surrogate pair") from None
    if not is_base64(value):
        raise wrong_type(value, "string")
    text = "".join(value["b64"].split())
    try:
        if "=" not in text:
            text += "=" * (-len(text) % 4)
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(
            f"Unable to base64 decode: {shown(value['b64'])} (the standard alphabet with + and / is meant)"
        ) from None


def is_base64(value: Any) -> bool:
    """Says whether a value is the object that stands for bytes."""
    return type(value) is dict and len(value) == 1 and isinstance(value.get("b64"), str)


def wrong_type(value: Any, dtype: str) -> Refusal:
    """Returns the refusal of an element that a tensor cannot hold."""
    return invalid(f"JSON Value: {shown(value)} Type: {kind_of(value)} is not of expected type: {dtype}")


def kind_of(value: Any) -> str:
    """Returns RapidJSON's name of a value's type."""
    return {True: "True", False: "False"}[value] if type(value) is bool else KINDS[type(value)]


def shown(value: Any) -> str:
    """Returns the beginning of a value, for an error."""
    try:
        text = json.dumps(value) if not isinstance(value, list | dict) or len(value) < LONGEST_SHOWN else ""
    except RecursionError:
        text = ""
    text = text or f"({kind_of(value)} of {len(value)})"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "..."


def _of(value: Any) -> str:
    return f"[{len(value)}]" if type(value) is list else "[]"


def _floats(leaves: Sequence[int | float], numpy_type: Any) -> np.ndarray:
    try:
        wide = np.array(leaves, np.float64)
    except OverflowError:
        raise invalid("JSON Parse error: Number too big to be stored in double") from None
    with np.errstate(over="ignore", under="ignore"):  # as TF Serving: infinity and 0
        return wide.astype(numpy_type)


def _integers(leaves: Sequence[int], numpy_type: Any, dtype: str) -> np.ndarray:
    if numpy_type is not np.bool_ and leaves:
        limits = np.iinfo(numpy_type)
        for extreme in (min(leaves), max(leaves)):
            if not limits.min <= extreme <= limits.max:
                raise wrong_type(extreme, dtype)
    return np.array(leaves, numpy_type)

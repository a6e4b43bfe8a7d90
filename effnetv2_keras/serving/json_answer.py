"""From tensors to the text of an answer.

Source: TF Serving, `json_tensor.cc` (`MakeJsonFromTensors`, `WriteDecimal`): a float has as few digits as bring it
back, whole numbers end in `.0`, texts are texts unless the output's name ends in `_bytes`.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from effnetv2_keras.serving.json_tensors import TYPES
from effnetv2_keras.serving.refusal import Refusal, invalid

# fmt: off
#           digits that may do, and that always do (FLT_DIG, DBL_DIG)
DIGITS = {
    "float":  (6,  9),
    "double": (15, 17),
}
# fmt: on
UNUSUAL = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def row_answer(tensors: Mapping[str, np.ndarray]) -> bytes:
    """Returns `{"predictions": [...]}`, an element a row.

    Args:
        tensors: by name, each (B, ...).

    Raises:
        Refusal: INVALID_ARGUMENT where they are not as many rows each; UNIMPLEMENTED for a type that JSON cannot carry.
    """
    _check_any(tensors)
    count = None
    for name, tensor in tensors.items():
        if tensor.ndim == 0:
            raise invalid(f"Tensor name: {name} has no shape information ")
        count = len(tensor) if count is None else count
        if len(tensor) != count:
            raise invalid(f"Tensor name: {name} has inconsistent batch size: {len(tensor)} expecting: {count}")
    columns = {name: nested(leaves(name, tensor), tensor.shape, outer=1) for name, tensor in sorted(tensors.items())}
    if len(columns) == 1:
        [rows] = columns.values()
    else:
        names = [json.dumps(name, ensure_ascii=False) for name in columns]
        rows = [
            "{" + ", ".join(f"{name}: {value}" for name, value in zip(names, row, strict=True)) + "}"
            for row in zip(*columns.values(), strict=True)
        ]
    return _bytes('{"predictions": [' + ", ".join(rows) + "]}")


def column_answer(tensors: Mapping[str, np.ndarray]) -> bytes:
    """Returns `{"outputs": ...}`, a value an output; its name is left out where there is one.

    Raises:
        Refusal: UNIMPLEMENTED for a type that JSON cannot carry.
    """
    _check_any(tensors)
    values = {name: nested(leaves(name, tensor), tensor.shape)[0] for name, tensor in sorted(tensors.items())}
    if len(values) == 1:
        [text] = values.values()
    else:
        text = "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {v}" for name, v in values.items()) + "}"
    return _bytes('{"outputs": ' + text + "}")


def error_answer(message: str) -> bytes:
    """Returns `{"error": message}`."""
    return json.dumps({"error": message}).encode()


def leaves(name: str, tensor: np.ndarray) -> list[str]:
    """Returns the elements as JSON, in order.

    Raises:
        Refusal: UNIMPLEMENTED for a type that JSON cannot carry.
    """
    dtype = dtype_name(tensor)
    if dtype not in TYPES:
        raise Refusal("UNIMPLEMENTED", f"Failed to write JSON value for tensor type: {dtype}")
    flat = tensor.reshape(-1)
    if dtype in DIGITS:
        return decimals(flat)
    if dtype == "string":
        write = base64_text if name.endswith("_bytes") else text
        return [write(value) for value in flat.tolist()]
    return [str(value).lower() for value in flat.tolist()]


def nested(texts: list[str], shape: Sequence[int], outer: int = 0) -> list[str]:
    """Puts brackets around elements, the last dimension first, and leaves the `outer` first dimensions alone."""
    for axis in reversed(range(outer, len(shape))):
        length = shape[axis]
        count = math.prod(shape[:axis])
        texts = ["[" + ", ".join(texts[i * length : (i + 1) * length]) + "]" for i in range(count)]
    return texts


def decimals(values: np.ndarray) -> list[str]:
    """Returns floats (N,) as JSON, with `NaN` and `Infinity` for those that have no digits."""
    few, many = DIGITS[dtype_name(values)]
    numbers = values.astype(np.float64).tolist()
    texts = [f"{number:.{few}g}" for number in numbers]
    with np.errstate(over="ignore"):
        kept = np.array([float(one) for one in texts], np.float64).astype(values.dtype) == values
    for place in np.flatnonzero(~kept):
        texts[place] = f"{numbers[place]:.{many}g}"
    return [UNUSUAL.get(one) or (one if "." in one or "e" in one else one + ".0") for one in texts]


def text(value: bytes | str) -> str:
    """Returns a text as JSON; bytes that are no UTF-8 stay as they are."""
    return json.dumps(value.decode(errors="surrogateescape") if isinstance(value, bytes) else value, ensure_ascii=False)


def base64_text(value: bytes) -> str:
    """Returns bytes as the object that stands for them."""
    return f'{{"b64": "{base64.b64encode(value).decode()}"}}'


def dtype_name(tensor: np.ndarray) -> str:
    """Returns TensorFlow's name of the type."""
    names: dict[Any, str] = {np.dtype(numpy_type): name for name, (numpy_type, _) in TYPES.items()}
    names[np.dtype(np.float16)] = "half"
    return names.get(tensor.dtype, "string" if tensor.dtype.kind == "S" else tensor.dtype.name)


def _check_any(tensors: Mapping[str, np.ndarray]) -> None:
    if not tensors:
        raise invalid("Cannot convert empty tensor map to JSON")


def _bytes(answer: str) -> bytes:
    return answer.encode(errors="surrogateescape")

"""JSON as TF Serving reads it.

`NaN` and `Infinity` are numbers, what follows the value is passed over, and no depth of nesting is too much.

Source: TF Serving, `json_tensor.cc`, which reads with RapidJSON's `kParseNanAndInf | kParseStopWhenDone`,
iteratively.
"""

from __future__ import annotations

import json
import re
from typing import Any

from effnetv2_keras.serving.refusal import Refusal, invalid

SPACES = " \t\n\r"
NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
WORDS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
LONGEST_NUMBER = 4000  # digits; no number that a tensor holds needs more, and Python reads no more than 4300
DECODER = json.JSONDecoder()


def parse_json(body: bytes) -> Any:
    """Returns the value in `body`, as `json` would; whole numbers are `int`, others `float`.

    Raises:
        Refusal: INVALID_ARGUMENT where it is no JSON.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _wrong("Text must be UTF-8; send other bytes as {'b64': ...}", error.start) from None
    start = len(text) - len(text.lstrip(SPACES))
    if start == len(text):
        raise _wrong("The document is empty", 0)
    try:
        return DECODER.raw_decode(text, start)[0]
    except RecursionError:
        return _read_deep(text, start)
    except json.JSONDecodeError as error:
        raise _wrong(error.msg, error.pos) from None
    except ValueError:  # a number of thousands of digits
        raise _wrong("Number too big to be stored in double", start) from None


def _wrong(message: str, place: int) -> Refusal:
    return invalid(f"JSON Parse error: {message} at offset: {place}")


def _read_deep(text: str, at: int) -> Any:
    """Reads what is nested too deep for Python's own reader, with a stack of its own."""
    stack: list[Any] = []  # the open lists and objects
    keys: list[str] = []  # the last key of each, "" for lists
    top: Any = None
    is_first = True  # nothing stands before in the list or object on top
    while True:
        at = _skip(text, at)
        sign = text[at]
        if top is not None and sign == ("]" if type(top) is list else "}"):
            value = stack.pop()
            keys.pop()
            at += 1
        else:
            if not is_first:
                at = _skip(text, _take(text, at, ","))
            if type(top) is dict:
                keys[-1], at = _string(text, at)
                at = _skip(text, _take(text, _skip(text, at), ":"))
            sign = text[at]
            if sign in "[{":
                top = [] if sign == "[" else {}
                stack.append(top)
                keys.append("")
                is_first = True
                at += 1
                continue
            value, at = _string(text, at) if sign == '"' else _word_or_number(text, at)
        if not stack:
            return value
        top, is_first = stack[-1], False
        if type(top) is list:
            top.append(value)
        else:
            top[keys[-1]] = value


def _skip(text: str, at: int) -> int:
    """Returns where the next sign that is no space stands."""
    while at < len(text):
        if text[at] not in SPACES:
            return at
        at += 1
    raise _wrong("The document ends before its value", at)


def _take(text: str, at: int, sign: str) -> int:
    if text[at] != sign:
        raise _wrong(f"Missing a {sign!r}", at)
    return at + 1


def _string(text: str, at: int) -> tuple[str, int]:
    if text[at] != '"':
        raise _wrong("Missing a name for object member", at)
    try:
        return DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _wrong(error.msg, error.pos) from None


def _word_or_number(text: str, at: int) -> tuple[Any, int]:
    for word, value in WORDS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    found = NUMBER.match(text, at)
    if found is None:
        raise _wrong("Invalid value", at)
    if len(found[0]) > LONGEST_NUMBER:
        raise _wrong("Number too big to be stored in double", at)
    return (int(found[0]) if found[2] is None and found[3] is None else float(found[0])), found.end()

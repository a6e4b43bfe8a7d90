"""JSON as TF Serving reads it: `NaN` and `Infinity` are numbers, what follows the value is passed over, and no depth
of nesting is too much.

Source: TF Serving, `json_tensor.cc`, which reads with RapidJSON's `kParseNanAndInf | kParseStopWhenDone`,
iteratively.
"""

from __future__ import annotations

import json
import re
from typing import Any

from effnetv2_keras.serving.refusal import Refusal, invalid

SPACE = re.compile(r"[ \t\n\r]*")
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
MISSING = object()


def parse_json(body: bytes) -> Any:
    """Returns the value in `body`, as `json` would; whole numbers are `int`, others `float`.

    Raises:
        Refusal: INVALID_ARGUMENT where it is no JSON.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _wrong("Text must be UTF-8; send other bytes as {'b64': ...}", error.start) from None
    start = SPACE.match(text).end()  # type: ignore[union-attr]  it matches nothing too
    if start == len(text):
        raise _wrong("The document is empty", 0)
    try:
        return DECODER.raw_decode(text, start)[0]
    except RecursionError:
        return _Reader(text, start).read()
    except json.JSONDecodeError as error:
        raise _wrong(error.msg, error.pos) from None
    except ValueError:  # a number of thousands of digits
        raise _wrong("Number too big to be stored in double", start) from None


def _wrong(message: str, place: int) -> Refusal:
    return invalid(f"JSON Parse error: {message} at offset: {place}")


class _Reader:
    """Reads what is nested too deep for Python's own reader, with a stack of its own."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.at = text, start

    def read(self) -> Any:
        stack: list[list | dict] = []
        keys: list[str] = []  # a key for each open object
        value = self._begin(stack, keys)
        while stack:
            if value is not MISSING:
                self._put(stack, keys, value)
            value = self._go_on(stack, keys, is_first=value is MISSING)
        return value

    def _begin(self, stack: list, keys: list[str]) -> Any:
        """Returns a value, or `MISSING` after opening a list or an object."""
        sign = self._peek()
        if sign == "[":
            stack.append([])
        elif sign == "{":
            stack.append({})
            keys.append("")
        elif sign == '"':
            return self._string()
        else:
            return self._word_or_number()
        self.at += 1
        return MISSING

    def _go_on(self, stack: list, keys: list[str], *, is_first: bool) -> Any:
        """Closes what is on top of the stack and returns it, or begins the next value inside."""
        top, sign = stack[-1], self._peek()
        is_list = isinstance(top, list)
        if sign == ("]" if is_list else "}"):
            self.at += 1
            if not is_list:
                keys.pop()
            return stack.pop()
        if not is_first:
            self._take(",")
        if not is_list:
            if self._peek() != '"':
                raise _wrong("Missing a name for object member", self.at)
            keys[-1] = self._string()
            self._take(":")
        return self._begin(stack, keys)

    def _put(self, stack: list, keys: list[str], value: Any) -> None:
        top = stack[-1]
        if isinstance(top, list):
            top.append(value)
        else:
            top[keys[-1]] = value

    def _peek(self) -> str:
        self.at = SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  it matches nothing too
        if self.at == len(self.text):
            raise _wrong("The document ends before its value", self.at)
        return self.text[self.at]

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            raise _wrong(f"Missing a {sign!r}", self.at)
        self.at += 1

    def _string(self) -> str:
        try:
            value, self.at = DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            raise _wrong(error.msg, error.pos) from None
        return value

    def _word_or_number(self) -> Any:
        for word, value in WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        found = NUMBER.match(self.text, self.at)
        if found is None:
            raise _wrong("Invalid value", self.at)
        if len(found[0]) > LONGEST_NUMBER:
            raise _wrong("Number too big to be stored in double", self.at)
        self.at = found.end()
        return int(found[1]) if found[2] is None and found[3] is None else float(found[0])

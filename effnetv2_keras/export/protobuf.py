"""Protocol buffer messages written by hand, for the few that need a package which a user may not have.

Source: protobuf.dev, "Encoding": a field is a tag (number << 3 | wire type) and its value; maps are repeated entries.
"""

from __future__ import annotations

LENGTH_DELIMITED = 2


def field(number: int, value: bytes | str) -> bytes:
    """Returns a field that holds a message, bytes or a text; an empty text is left out, as its default is."""
    data = value.encode() if isinstance(value, str) else value
    if isinstance(value, str) and not data:
        return b""
    return varint(number << 3 | LENGTH_DELIMITED) + varint(len(data)) + data


def map_entry(number: int, key: str, value: bytes) -> bytes:
    """Returns one entry of a map from text to message."""
    return field(number, field(1, key) + field(2, value))


def varint(value: int) -> bytes:
    """Returns a number, seven bits a byte, least significant first."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])

"""Takes the body of a request in, as far as it may go."""

from __future__ import annotations

import zlib

from starlette.requests import Request

from effnetv2_keras.serving.refusal import Refusal, invalid

GZIP = 16 + zlib.MAX_WBITS


class TooLarge(Refusal):
    """A body beyond the limit: 413, which gRPC's codes do not know."""

    @property
    def http(self) -> int:
        """The HTTP status."""
        return 413


async def read_body(request: Request, most: int) -> bytes:
    """Returns the body as it was sent.

    A sender looks for an answer only after its last byte. What is up to twice too large is therefore read to its end
    and dropped; who sends more finds the connection closed.

    Raises:
        TooLarge: above `most` bytes; no more than that is ever held.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > 2 * most:
        raise _too_large(most, declared)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > 2 * most:
            raise _too_large(most, f"{size} and more")
        if size > most:
            parts.clear()
        else:
            parts.append(part)
    if size > most:
        raise _too_large(most, str(size))
    return b"".join(parts)


def unpack(body: bytes, encoding: str, most: int) -> bytes:
    """Returns a body without its `Content-Encoding`.

    Raises:
        Refusal: INVALID_ARGUMENT if it is not what it says; `TooLarge` above `most` bytes.
    """
    if encoding.strip().lower() != "gzip":
        return body  # TF Serving looks at no other
    reader = zlib.decompressobj(GZIP)
    try:
        text = reader.decompress(body, most + 1)
    except zlib.error as error:
        raise invalid(f"The body must be gzip, as its Content-Encoding says. Got: {error}.") from None
    if len(text) > most:
        raise _too_large(most, "more after unpacking")
    if not reader.eof:
        raise invalid("The body must be gzip, as its Content-Encoding says. Got: a part of it.")
    return text


def _too_large(most: int, got: str) -> TooLarge:
    return TooLarge("INVALID_ARGUMENT", f"The body of a request must have at most {most} bytes. Got: {got}.")

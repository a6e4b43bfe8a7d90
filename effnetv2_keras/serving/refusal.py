"""What a server answers instead of a result: one of gRPC's codes, and a sentence."""

from __future__ import annotations

# fmt: off
# Source: TF Serving, `http_rest_api_util.cc`; the numbers of gRPC's codes are those of `google/rpc/code.proto`.
#                        gRPC  HTTP
CODES = {
    "OK":                  (0,  200),
    "CANCELLED":           (1,  499),
    "UNKNOWN":             (2,  500),
    "INVALID_ARGUMENT":    (3,  400),
    "DEADLINE_EXCEEDED":   (4,  504),
    "NOT_FOUND":           (5,  404),
    "ALREADY_EXISTS":      (6,  409),
    "PERMISSION_DENIED":   (7,  403),
    "RESOURCE_EXHAUSTED":  (8,  429),
    "FAILED_PRECONDITION": (9,  400),
    "ABORTED":             (10, 409),
    "OUT_OF_RANGE":        (11, 400),
    "UNIMPLEMENTED":       (12, 501),
    "INTERNAL":            (13, 500),
    "UNAVAILABLE":         (14, 503),
    "DATA_LOSS":           (15, 500),
    "UNAUTHENTICATED":     (16, 401),
}
# fmt: on
NAMES = {number: name for name, (number, _) in CODES.items()}
LONGEST_MESSAGE = 1024  # characters that gRPC carries; TF Serving cuts there
CUT = "...TRUNCATED"


class Refusal(Exception):
    """A request that is not answered.

    Args:
        code: a name in `CODES`.
        message: says what is wrong.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    @property
    def http(self) -> int:
        """The HTTP status."""
        return CODES[self.code][1]

    @property
    def number(self) -> int:
        """The number of the code in gRPC."""
        return CODES[self.code][0]

    @property
    def short(self) -> str:
        """The message as gRPC carries it."""
        return self.message if len(self.message) <= LONGEST_MESSAGE else self.message[:LONGEST_MESSAGE] + CUT


def invalid(message: str) -> Refusal:
    """Returns the refusal of a request that breaks a rule."""
    return Refusal("INVALID_ARGUMENT", message)

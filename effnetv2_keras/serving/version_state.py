"""What a server tells of a version."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from effnetv2_keras.serving.refusal import CODES
from effnetv2_keras.serving.servable import Servable


class State(IntEnum):
    """The numbers of TF Serving's `ModelVersionStatus.State`."""

    UNKNOWN = 0
    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(slots=True)
class Version:
    """A version of a model and what has become of it; the repository changes it under its lock.

    Args:
        number: the version.
        state: where it is on its way.
        code: a name in `CODES`: why it could not be loaded, else OK.
        message: the reason in words.
        servable: what answers, while it is loaded.
        users: requests that are being answered by it.
        tries: how often loading it has failed.
        next_try: s on a clock that never goes back.
    """

    number: int
    state: State = State.START
    code: str = "OK"
    message: str = ""
    servable: Servable | None = None
    users: int = 0
    tries: int = 0
    next_try: float = 0.0

    def told(self) -> dict[str, Any]:
        """Returns it as REST tells it."""
        return {
            "version": str(self.number),
            "state": self.state.name,
            "status": {"error_code": self.code, "error_message": self.message},
        }

    @property
    def code_number(self) -> int:
        """The code as gRPC tells it."""
        return CODES[self.code][0]

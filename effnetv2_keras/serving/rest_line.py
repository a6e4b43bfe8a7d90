"""A client's way to a server over REST, with what Python brings."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from effnetv2_keras.serving.refusal import CODES, Refusal
from effnetv2_keras.serving.retrying import Patience, ask_patiently

if TYPE_CHECKING:
    from effnetv2_keras.serving.client import Scored, Served

NAMES = {http: name for name, (_, http) in reversed(CODES.items())}  # 400 is INVALID_ARGUMENT, 500 is UNKNOWN


class RestLine:
    """One connection, kept open from request to request and made anew where it is lost."""

    def __init__(self, url: str, served: Served, patience: Patience) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port)
        self._path, self._patience = parts.path.rstrip("/") + served.path, patience

    def classify(self, files: Sequence[bytes]) -> list[Scored]:
        """Returns labels and scores of each file of an image.

        Raises:
            Refusal: if the server refuses it, or does not answer in time.
        """
        instances = [{"b64": base64.b64encode(file).decode()} for file in files]
        answer = self.ask("POST", f"{self._path}:predict", json.dumps({"instances": instances}).encode())
        try:
            rows = [(row["classes"], row["scores"]) for row in answer["predictions"]]
        except (KeyError, TypeError):
            raise Refusal("UNIMPLEMENTED", "The model must give `classes` and `scores`. Got: other outputs.") from None
        if len(rows) != len(files):
            raise Refusal("INTERNAL", f"{len(files)} images must get as many answers. Got: {len(rows)}.")
        return rows

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Returns the JSON that the server answers.

        Raises:
            Refusal: as `classify`.
        """
        return ask_patiently(lambda left: self._ask(method, path, body, left), self._patience)

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, left: float) -> Any:
        try:
            self._connection.timeout = left
            if self._connection.sock is not None:
                self._connection.sock.settimeout(left)
            self._connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            text = answer.read()
        except TimeoutError:
            self._connection.close()
            raise Refusal("DEADLINE_EXCEEDED", "The server did not answer in time.") from None
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Refusal("UNAVAILABLE", f"The server cannot be reached: {error}") from None
        try:
            value = json.loads(text)
        except ValueError:
            value = {"error": f"HTTP {answer.status}, and no JSON: {text[:100]!r}"}
        if answer.status != 200:
            message = value.get("error", "") if isinstance(value, dict) else str(value)
            raise Refusal(NAMES.get(answer.status, "UNKNOWN"), message or f"HTTP {answer.status}")
        return value

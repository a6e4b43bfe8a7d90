"""Asks a running server what a client would: is the model there, what is on this photo, what of a file that is none?

    python export/smoke.py http://localhost:8501 effnetv2 photo.jpg

Needs Python alone. Ends with exit code 1 and a sentence where an answer is not as it should be.
"""

from __future__ import annotations

import base64
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PATIENCE = 60  # s, until the model has to be there


def ask(url: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Returns the HTTP status and the answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def wait(url: str) -> str:
    """Returns the version that is served, as soon as there is one."""
    end = time.monotonic() + PATIENCE
    seen = "no answer"
    while time.monotonic() < end:
        try:
            _, status = ask(url)
            states = {one["version"]: one["state"] for one in status.get("model_version_status", [])}
            seen = f"{states or status}"
            available = [version for version, state in states.items() if state == "AVAILABLE"]
            if available:
                return max(available, key=int)
        except (urllib.error.URLError, ConnectionError) as error:
            seen = str(error)
        time.sleep(1)
    sys.exit(f"The model must be AVAILABLE within {PATIENCE} seconds. Got: {seen}.")


def main() -> None:
    """Asks three questions."""
    server, name, photo = sys.argv[1:4]
    model = f"{server.rstrip('/')}/v1/models/{name}"
    version = wait(model)
    image = {"b64": base64.b64encode(Path(photo).read_bytes()).decode()}
    code, answer = ask(f"{model}:predict", {"instances": [image, image]})
    if code != 200 or len(answer.get("predictions", ())) != 2:
        sys.exit(f"Two photos must give two predictions. Got: {code} {answer}.")
    first, second = answer["predictions"]
    if first["classes"] != second["classes"] or not 0 <= first["scores"][0] <= 1:
        sys.exit(f"The same photo twice must give the same classes. Got: {first} and {second}.")
    code, refusal = ask(f"{model}:predict", {"instances": [image, {"b64": base64.b64encode(b"no image").decode()}]})
    if code != 400 or "[Image] [1]" not in refusal.get("error", ""):
        sys.exit(f"A file that is no image must be refused by its place, with 400. Got: {code} {refusal}.")
    print(f"{name} version {version}: {first['classes'][0]} {first['scores'][0]:.3f}")


if __name__ == "__main__":
    main()

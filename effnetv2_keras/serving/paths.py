"""Where a request goes.

Source: TF Serving, `http_rest_api_handler.cc`: two regular expressions, without regard to case, and names that are
percent-decoded once they are found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from effnetv2_keras.serving.refusal import invalid

PLACE = r"(?:(?:/versions/(?P<version>\d+))|(?:/labels/(?P<label>[^/:]+)))?"
POST = re.compile(rf"/v1/models/(?P<model>[^/:]+){PLACE}:(?P<verb>classify|regress|predict)", re.I | re.A)
GET = re.compile(rf"/v1/models(?:/(?P<model>[^/:]+))?{PLACE}(?:/(?P<verb>metadata))?", re.I | re.A)
EXPRESSIONS = {"GET": GET, "POST": POST}
VERBS = {"classify", "regress", "predict", "metadata", None}  # as they are written: case counts here
LARGEST_VERSION = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names.

    Args:
        model: its name; "" where there is none.
        version: its number, or None.
        label: or None.
        verb: `predict`, `classify`, `regress` or `metadata`, or None for the status.
    """

    model: str
    version: int | None = None
    label: str | None = None
    verb: str | None = None


def read_path(method: str, path: str) -> Target | None:
    """Returns what `path` names, None where it names nothing.

    Args:
        method: GET or POST.
        path: as it was sent, with `%` signs and query.

    Raises:
        Refusal: INVALID_ARGUMENT for a version that is too large.
    """
    expression = EXPRESSIONS.get(method)
    found = expression.fullmatch(path) if expression else None
    if found is None or found["verb"] not in VERBS:
        return None
    version = int(found["version"]) if found["version"] and len(found["version"]) < 30 else None
    if found["version"] and (version is None or version > LARGEST_VERSION):
        raise invalid(f"Failed to convert version: {found['version'][:30]} to numeric.")
    label = found["label"]
    return Target(unquote(found["model"] or ""), version, None if label is None else unquote(label), found["verb"])

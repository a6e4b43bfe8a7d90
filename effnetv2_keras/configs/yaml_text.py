"""YAML as people mean it: 5:15 is text and 1e-5 a number."""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any, ClassVar

from effnetv2_keras.errors import UsageError

# fmt: off
#  YAML 1.2's core schema; PyYAML's own reads 5:15 as five minutes fifteen, 315, and 1e-5 as text
PLAIN = (
    ("null",  r"~|null|Null|NULL|",                                 ["~", "n", "N", ""]),
    ("bool",  r"true|True|TRUE|false|False|FALSE",                  list("tTfF")),
    ("int",   r"[-+]?[0-9]+",                                       list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
)
# fmt: on


def read_file_text(path: str | os.PathLike[str], what: str) -> str:
    """Returns the text of a file that a user names; `what` is what an error calls it.

    Raises:
        UsageError: if it cannot be read, or is no UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        why = getattr(reason, "strerror", None) or "no text"
        raise UsageError(f"{what} must be readable. Got: {os.fspath(path)!r} ({why}).") from None


def read_yaml_text(text: str, what: str) -> Any:
    """Returns what the YAML `text` holds; `what` is what an error calls it.

    Raises:
        UsageError: if it is no YAML.
    """
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as reason:
        raise UsageError(f"{what} must be YAML. Got: {' '.join(str(reason).split())}.") from None


def write_yaml_text(values: dict[str, Any]) -> str:
    """Returns `values` as YAML in their order, lists in one line."""
    import yaml

    return "".join(_lines(values, 0, yaml))


def _lines(values: dict[str, Any], depth: int, yaml: Any) -> list[str]:
    lines = []
    for name, value in values.items():
        if isinstance(value, dict):
            lines += [f"{'  ' * depth}{name}:\n", *_lines(value, depth + 1, yaml)]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{'  ' * depth}{name}:\n")
            lines += [f"{'  ' * (depth + 1)}- {_flow(row, yaml)}\n" for row in value]
        else:
            lines.append(f"{'  ' * depth}{name}: {_flow(value, yaml)}\n")
    return lines


def _flow(value: Any, yaml: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    text = text.removesuffix("...\n").strip()
    is_text_still = not isinstance(value, str) or yaml.load(text, Loader=_loader()) == value
    return text if is_text_still else json.dumps(value)


def _whole(loader: Any, node: Any) -> int:
    return int(loader.construct_scalar(node))


@functools.cache
def _loader() -> type:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads plain words by `PLAIN`."""

        yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}  # type: ignore[misc]

    for kind, pattern, first in PLAIN:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^(?:{pattern})$"), first)
    Loader.add_constructor("tag:yaml.org,2002:int", _whole)
    return Loader

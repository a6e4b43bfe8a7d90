"""Docstrings as the site needs them: examples in blocks of their own, and a line for each of several settings."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

PARAGRAPH = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.M | re.S)
SEVERAL = re.compile(r"^(\s+)((?:\w+, )+\w+): (.*)$", re.M)


class ReadableDocstrings(Extension):
    """Rewrites every docstring before it is parsed."""

    def on_object(self, *, obj: Object, **_others: Any) -> None:
        """Changes one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = readable(obj.docstring.value)


def readable(text: str) -> str:
    """Returns a docstring with fenced examples, and `a, b: text` of its settings as two lines."""
    text = PARAGRAPH.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```", text)
    return SEVERAL.sub(lambda found: "\n".join(f"{found[1]}{name}: {found[3]}" for name in found[2].split(", ")), text)

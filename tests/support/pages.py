"""The Python blocks of a page, and what makes them quick: a network of a few thousand weights and small images."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
TINY_NET = """
name: tiny
stem: 8
head: 16
eval_size: 48
stages:
  - [fused, 3, 2, 1, 8, 1]
  - [mbconv, 3, 2, 2, 8, 1, 0.25]
"""
# fmt: off
#   what a page says                      what makes it quick
SMALLER = {
    'create_model("efficientnetv2-b0"':   'create_model("tiny.yaml"',
    "batch_size=32":                      "batch_size=4",
    "epochs=20":                          "epochs=4",
    "image_size=224":                     "image_size=48",
    "Ramp(128, 224)":                     "Ramp(32, 48)",
}
# fmt: on


def blocks(page: Path) -> list[str]:
    """Returns the Python blocks of a page."""
    return PYTHON.findall(page.read_text(encoding="utf-8"))


def replaced(code: str, said: dict[str, str]) -> str:
    """Returns code in which every key of `said` is its value; a key that the code has not is an error."""
    for before, after in said.items():
        if before not in code:
            raise ValueError(f"the page does not say {before!r} any more")
        code = code.replace(before, after)
    return code


def run_page(page: Path, said: dict[str, str] | None = None, names: dict | None = None) -> dict:
    """Runs the blocks of a page one after the other, whatever it says of `said` replaced; returns what they defined."""
    code = "\n".join(blocks(page))
    there = {before: after for before, after in (said or {}).items() if before in code}
    return execute(page, replaced(code, there), names)


def execute(page: Path, code: str, names: dict | None = None) -> dict:
    """Runs code of a page and returns what it defined."""
    names = {"__name__": "page", **(names or {})}
    exec(compile(code, str(page), "exec"), names)
    return names

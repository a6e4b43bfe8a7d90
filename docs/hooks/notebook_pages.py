"""The notebooks as pages, with the outputs that were committed: nothing is executed."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.structure.files import Files

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
BADGE = re.compile(r"\[!\[([^\]]*)\]\(https:[^)]*\)\](?=\()")  # its picture lies on another host
MOST_LINES = 60  # of an output; more is cut in the middle


def on_files(files: Files, config: Any) -> Files:
    """Adds a page and its pictures for every notebook."""
    from mkdocs.structure.files import File

    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        text, pictures = as_markdown(path)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=text))
        for name, content in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def as_markdown(path: Path) -> tuple[str, dict[str, bytes]]:
    """Returns a notebook as Markdown, and its pictures by the names that the text gives them."""
    lines, pictures = [], {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            lines.append(BADGE.sub(r"[\1]", source))
            continue
        if cell["id"] == "colab":
            continue
        lines.append(f"```python\n{source}\n```")
        printed: list[str] = []
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                name = f"{path.stem}_{len(pictures)}.png"
                pictures[name] = base64.b64decode("".join(data["image/png"]))
                lines += [*_flush(printed), f"![Output]({name})"]
            else:
                printed.append("".join(output.get("text", data.get("text/plain", ""))))
        lines += _flush(printed)
    return "\n\n".join(lines) + "\n", pictures


def _flush(printed: list[str]) -> list[str]:
    """Returns what was printed so far as one block, if it was anything, and forgets it."""
    lines = COLOURS.sub("", "".join(printed)).strip("\n").splitlines()
    printed.clear()
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], "...", *lines[-half:]]
    return ["```{ .text .output }\n" + "\n".join(lines) + "\n```"] if lines else []

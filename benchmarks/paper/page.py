"""Writes docs/results.md from the stored reports; nothing on it is typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from effnetv2_keras.files.atomic import write_text
from paper.experiment import Experiment
from paper.registry import EXPERIMENTS
from paper.tables import markdown

BENCHMARKS = Path(__file__).parents[1]
RESULTS = BENCHMARKS / "results" / "paper"
PAGE = BENCHMARKS.parent / "docs" / "results.md"
PICTURES = PAGE.parent / "images" / "results"
PRESETS = ("laptop", "tiny")  # the better one first
TOLD = ("source", "seeds", "cells", "cost", "hardware", "software", "different from the paper")
HEAD = """\
# The papers' tables and figures, run here

`python -m benchmarks.paper list` names the tables and figures of both papers that this repository runs, each in three
sizes. What is below came out of small networks on one core of a CPU (`laptop`), on pictures of printed letters. Such
runs can show the direction of an effect, not its size on ImageNet, and each says whether the direction is the paper's.
A result that contradicts the paper stays. The published settings (`--preset paper`) are there to be run on
accelerators; they were not run here. Accuracy is the mean over n seeds with its standard error, `CPU s` the mean
processor time of a training.

The page is written by `python -m benchmarks.paper page` from the files in `benchmarks/results/paper/`.
"""
TAIL = """\
## Only run to see that they run

{names}: `tiny` trains a few steps, whose numbers say nothing. `python -m benchmarks.paper run NAME --preset laptop`
measures them.
"""


def write_page() -> Path:
    """Writes the page and the pictures it shows, and returns its path."""
    for path, _ in filter(None, (report(RESULTS, name) for name in EXPERIMENTS)):
        PICTURES.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path.with_suffix(".png"), PICTURES / path.with_suffix(".png").name)
    write_text(PAGE, page(RESULTS))
    return PAGE


def page(results: Path) -> str:
    """Returns the page for a folder of reports."""
    found = {name: report(results, name) for name in EXPERIMENTS}
    parts = [section(EXPERIMENTS[name], *one) for name, one in found.items() if one is not None]
    left = [name for name, one in found.items() if one is None]
    return "\n".join([HEAD, *parts, *([TAIL.format(names=", ".join(f"`{name}`" for name in left))] if left else [])])


def report(results: Path, name: str) -> tuple[Path, dict] | None:
    """Returns the report to show; none where there is only one that says nothing."""
    for preset in PRESETS:
        path = results / f"{name}-{preset}.json"
        if path.is_file() and (preset != "tiny" or EXPERIMENTS[name].is_counted):
            return path, json.loads(path.read_text(encoding="utf-8"))
    return None


def section(experiment: Experiment, path: Path, content: dict) -> str:
    """Returns a report as a part of the page."""
    about = content["about"]
    told = "; ".join(f"{name}: {about[name]}" for name in TOLD if name in about)
    picture = f"images/results/{path.with_suffix('.png').name}"
    lines = [
        f"## {experiment.name}: {content['title']}",
        f"{told}.",
        markdown(content["lines"]),
        content["verdict"],
        f"![{content['title']}]({picture})",
    ]
    return "\n\n".join(lines) + "\n"

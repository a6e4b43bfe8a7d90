"""Writes what an experiment came to: Markdown, JSON and a picture."""

from __future__ import annotations

import json
from pathlib import Path

from results_file import commit_now

from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.runs.environment import environment
from paper.experiment import Experiment, Measured
from paper.presets import Preset
from paper.tables import markdown

RUNS = "`tiny` shows that it runs. Its numbers say nothing about the paper."
NOT_SHOWN = ("curve", "maps", "scores", "pictures", "hardware", "software")  # they are in the cells


def write_report(experiment: Experiment, preset: Preset, done: list[Measured], missing: int, out: Path) -> Path:
    """Writes the three files and returns the Markdown's path.

    Args:
        experiment: what was run.
        preset: how.
        done: the cells that are done, in the experiment's order.
        missing: how many are not.
        out: the folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{experiment.name}-{preset.name}.md"
    picture = path.with_suffix(".png")
    experiment.draw(done, picture)
    lines = experiment.table(done)
    verdict = experiment.verdict(done) if experiment.is_counted or preset.name != "tiny" else RUNS
    about = facts(experiment, preset, done, missing)
    head = [f"# {experiment.title}", "", *(f"- {name}: {said}" for name, said in about.items()), ""]
    parts = [*head, markdown(lines), "", verdict, "", f"![{experiment.title}]({picture.name})"]
    write_text(path, "\n".join(parts) + "\n")
    cells = [{name: value for name, value in cell.items() if name not in NOT_SHOWN} for cell in done]
    kept = {"name": experiment.name, "title": experiment.title, "commit": commit_now(), "about": about}
    content = {**kept, "lines": lines, "verdict": verdict, "cells": cells}
    write_text(path.with_suffix(".json"), json.dumps(content, indent=1) + "\n")
    return path


def facts(experiment: Experiment, preset: Preset, done: list[Measured], missing: int) -> dict[str, str]:
    """Returns what the header says."""
    seeds = sorted({cell["seed"] for cell in done})
    tells = {
        "source": experiment.source,
        "preset": f"`{preset.name}`, {preset.about}",
        "command": f"`python -m benchmarks.paper run {experiment.name} --preset {preset.name}`",
        "seeds": ", ".join(map(str, seeds)) if any("accuracy" in cell for cell in done) else "none, nothing is drawn",
        "cells": f"{len(done)}" + (f", {missing} not run yet" if missing else ""),
        "cost": f"{sum(cell['seconds'] for cell in done) / 60:.1f} minutes of CPU, on one thread",
        **{name: "; ".join(dict.fromkeys(cell[name] for cell in done)) for name in ("hardware", "software")},
    }
    return {**tells, **({"different from the paper": experiment.note} if experiment.note else {})}


def where_it_ran() -> dict[str, str]:
    """Returns what a cell says of the machine."""
    where = environment()
    return {
        "hardware": f"{where['cpu']} ({where['cpu features']}), GPU {where['gpu']}; shared with other work",
        "software": f"TensorFlow {where['tensorflow']}, Keras {where['keras']}, Python {where['python']}",
    }

"""`python -m benchmarks.paper list | run | page`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from effnetv2_keras.errors import DataError, UsageError
from paper.page import write_page
from paper.presets import PRESETS, Preset, get_preset
from paper.registry import EXPERIMENTS, get_experiment


def main(words: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paper", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="the tables and figures there are")
    asked = verbs.add_parser("run", help="run some of them, or go on")
    asked.add_argument("names", nargs="+", metavar="NAME", help="of `list`, or all")
    asked.add_argument("--preset", default="tiny", help=f"{', '.join(PRESETS)}; default: %(default)s")
    asked.add_argument("--seeds", type=int, metavar="N", help="trainings of each kind; default: the preset's own")
    asked.add_argument("--data", metavar="FOLDER", help="your own pictures in place of drawn letters")
    asked.add_argument("--at-most", type=int, metavar="N", help="stop after so many cells; the same command goes on")
    asked.add_argument("--out", type=Path, default=Path("runs/paper"), help="cells and reports; default: %(default)s")
    verbs.add_parser("page", help="write docs/results.md from the stored reports")
    options = parser.parse_args(words)
    try:
        return {"list": show_list, "run": run_named, "page": show_page}[options.verb](options)
    except (UsageError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def show_list(options: argparse.Namespace) -> int:
    """Prints what there is."""
    for name, experiment in EXPERIMENTS.items():
        counts = ", ".join(f"{preset.name} {len(experiment.cells(preset))}" for preset in PRESETS.values())
        print(f"{name:12}  {experiment.title} ({experiment.source}); cells a seed: {counts}")
    print()
    for preset in PRESETS.values():
        print(f"--preset {preset.name:8}  {preset.about}")
    return 0


def run_named(options: argparse.Namespace) -> int:
    """Runs experiments and prints their reports."""
    names = list(EXPERIMENTS) if options.names == ["all"] else options.names
    experiments = [get_experiment(name) for name in names]
    preset = get_preset(options.preset)
    for name, value in (("--seeds", options.seeds), ("--at-most", options.at_most)):
        if value is not None and value < 1:
            raise UsageError(f"`{name}` must be at least 1. Got: {value}.")
    if options.data is not None:
        preset = with_data(preset, options.data)
    if not preset.is_published:
        use_one_thread()
    from paper.runner import run

    for path in run(experiments, preset, options.out, seeds=options.seeds, at_most=options.at_most):
        print(f"\n{path.read_text(encoding='utf-8')}\nWritten: {path}")
    return 0


def show_page(options: argparse.Namespace) -> int:
    """Writes the page."""
    print(f"Written: {write_page()}")
    return 0


def with_data(preset: Preset, data: str) -> Preset:
    """Returns a preset for a user's own pictures."""
    from effnetv2_keras.data.open_source import open_source

    return preset.replace(data=data, num_classes=open_source(data).num_classes)


def use_one_thread() -> None:
    """Has CPU time measure work, not threads that wait for each other."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

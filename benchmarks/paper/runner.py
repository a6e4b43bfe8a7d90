"""Runs the cells of experiments that are not done yet, and says how long that takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn

from paper.bench import Bench
from paper.experiment import Cell, Experiment, Measured
from paper.presets import Preset
from paper.report import where_it_ran, write_report
from paper.store import Store

Task = tuple[Cell, int]  # with its seed


def tasks_of(experiment: Experiment, preset: Preset, seeds: int) -> list[Task]:
    """Returns all cells of an experiment with their seeds, seed by seed; what draws nothing has one."""
    cells = experiment.cells(preset)
    return [(cell, seed) for seed in range(seeds) for cell in cells if cell.work.is_seeded or seed == 0]


def left_of(tasks: Sequence[Task], store: Store) -> list[Task]:
    """Returns those that are not done, equal work once."""
    seen = {store.path(*task): task for task in reversed(tasks)}
    return [task for path, task in reversed(seen.items()) if not path.is_file()]


def run(
    experiments: Sequence[Experiment],
    preset: Preset,
    out: Path,
    *,
    seeds: int | None = None,
    at_most: int | None = None,
    console: Console | None = None,
) -> list[Path]:
    """Runs what is left, experiment by experiment, and writes the report of each.

    Args:
        experiments: what to run.
        preset: how large.
        out: a folder for cells and reports; another command with the same one goes on.
        seeds: of each training; None for the preset's own.
        at_most: cells to run before it stops; None for all.
        console: where it is told; None for the standard output.

    Returns:
        The reports' Markdown files.
    """
    console, store, bench = console or Console(), Store(out / "cells"), Bench(out)
    number = seeds or preset.seeds
    reports = []
    left = [left_of(tasks_of(experiment, preset, number), store) for experiment in experiments]
    total = sum(cell.work.cost for cell, _ in dict.fromkeys(task for tasks in left for task in tasks))
    with Progress(
        *Progress.get_default_columns()[:-1], TimeRemainingColumn(elapsed_when_finished=True), console=console
    ) as progress:
        bar = progress.add_task("", total=total)
        for experiment in experiments:
            tasks = tasks_of(experiment, preset, number)
            for cell, seed in left_of(tasks, store):
                if at_most == 0:
                    break
                at_most = None if at_most is None else at_most - 1
                said = run_cell(cell, seed, store, bench, progress, bar)
                if said:
                    progress.print(f"{experiment.name}: {said}", highlight=False)
            done = [kept for kept in (store.get(*task) for task in tasks) if kept is not None]
            if done:
                reports.append(write_report(experiment, preset, in_order(done), len(tasks) - len(done), out))
    return reports


def run_cell(cell: Cell, seed: int, store: Store, bench: Bench, progress: Progress, bar: object) -> str:
    """Runs a cell, keeps it, and returns what there is to say about it, nothing where it was only counted."""
    cost, label = cell.work.cost, f"{cell.group}, {cell.way}"
    told = 0.0
    progress.update(bar, description=label)

    def tell(share: float) -> None:
        nonlocal told
        told += share
        progress.update(bar, advance=cost * share)

    figures = cell.work.run(seed, bench, tell)
    progress.update(bar, advance=cost * (1 - told))
    store.put(cell, seed, {**figures, **where_it_ran()})
    if not figures["seconds"]:
        return ""
    accuracy = f", {figures['accuracy']:.2%}" if "accuracy" in figures else ""
    return f"{label}, seed {seed}: {figures['seconds']:.1f} s{accuracy}"


def in_order(done: list[Measured]) -> list[Measured]:
    """Returns cells by group and way as they first came, seeds together."""
    places = {place: number for number, place in enumerate(dict.fromkeys((one["group"], one["way"]) for one in done))}
    return sorted(done, key=lambda one: (places[one["group"], one["way"]], one["seed"]))

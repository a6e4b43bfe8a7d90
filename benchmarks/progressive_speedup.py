"""Does progressive training pay? One network on pictures of letters, trained in several ways at two lengths.

    python benchmarks/progressive_speedup.py             # more than an hour of processor time
    python benchmarks/progressive_speedup.py --tiny      # two minutes, checks only that it runs

Measured: processor seconds of the training steps and of resizing the images, with one thread; not the one trace of the
step, which is the same for every way, nor the evaluations. Accuracy is on test pictures, a quarter of them in fonts
that training has not, at 64 px. A training that is done is kept in `--cells` and not run again, so the command may be
stopped, and another process may run other `--seeds` at the same time.

Last seen on an Intel Xeon with AMX, TensorFlow 2.21, Keras 3.15.1, cores shared with other work, three seeds, against
"fixed" at its best strength; docs/methods/progressive_learning.md has all ways:

    length  way                           times faster   accuracy, points
    short   progressive                           1.60       -2.42 ± 0.09
    short   fixed, cut to its time                1.80       -5.62 ± 2.30
    long    progressive                           1.62       -0.65 ± 0.13
    long    fixed, cut to its time                1.83       -0.65 ± 0.20
    long    progressive, larger batches           2.15       -0.72 ± 0.10
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
import keras
import tensorflow as tf
from progressive_cells import Glyphs, Trainer
from progressive_figures import draw, markdown, rows_of
from progressive_ways import BESIDE, CUTS, IMAGES, LENGTHS, WAYS, settings
from results_file import keep
from rich.progress import Progress, TimeRemainingColumn

from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.files.atomic import write_text

HERE = Path(__file__).parent


class Cells:
    """The trainings that are done, a file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, length: str, way: str, seed: int) -> Path:
        """Returns where a training is kept."""
        return self.folder / f"{length}-{way.replace(' ', '_').replace(',', '')}-{seed}.json"

    def get(self, length: str, way: str, seed: int) -> dict | None:
        """Returns what was kept, unless it was trained with other settings."""
        path = self.path(length, way, seed)
        cell = json.loads(path.read_text()) if path.is_file() else None
        return cell if cell is not None and cell["settings"] == settings(WAYS[way]) else None

    def put(self, cell: dict) -> None:
        """Keeps a training."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(self.path(cell["length"], cell["way"], cell["seed"]), json.dumps(cell) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", nargs="+", choices=LENGTHS, default=list(LENGTHS))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=[name for name, way in WAYS.items() if way.is_main])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--cells", type=Path, default=Path("runs/progressive_speedup"), help="keeps what is done")
    parser.add_argument("--show", action="store_true", help="train nothing, show and keep what is done")
    parser.add_argument("--tiny", action="store_true", help="one short training a way, to see that it runs")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument("--picture", type=Path, default=HERE.parent / "docs/images/progressive_speedup.png")
    options = parser.parse_args()
    lengths, images = {name: LENGTHS[name] for name in options.lengths}, IMAGES
    if options.tiny:
        lengths, images, options.seeds = {"tiny": 6}, (32, 50), [0]
        options.cells, options.picture = options.cells / "tiny", options.cells / "tiny" / "picture.png"
    cells = Cells(options.cells)
    wanted = [(length, way, seed) for seed in options.seeds for length in lengths for way in options.ways]
    if not options.show:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        run([cell for cell in wanted if cells.get(*cell) is None], lengths, cells, images)
    done = [cell for cell in (cells.get(*one) for one in wanted) if cell is not None]
    done.sort(key=lambda cell: (list(lengths).index(cell["length"]), list(WAYS).index(cell["way"])))
    rows = rows_of(done, BESIDE)
    table = markdown(rows, BESIDE)
    print(table)
    draw(done, rows, options.picture)
    if not options.tiny:
        keep("progressive_speedup-cpu", {**about(), "table": table.splitlines(), "cells": done}, options.results)


def run(left: list[tuple[str, str, int]], lengths: dict[str, int], cells: Cells, images: tuple[int, int]) -> None:
    """Trains what is left, with a bar that says how long that takes."""
    if not left:
        return
    trainer = Trainer(Glyphs.made(images, cells.folder))
    with Progress(*Progress.get_default_columns()[:-1], TimeRemainingColumn(elapsed_when_finished=True)) as progress:
        work = sum(work_of(WAYS[way].schedule(lengths[length])) for length, way, _ in left)
        bar = progress.add_task("", total=work)
        for length, name, seed in left:
            way, epochs = WAYS[name], lengths[length]
            if name in CUTS:
                epochs = epochs_in_time(cells, length, name, seed)
            schedule = way.schedule(epochs)
            expected, steps = work_of(way.schedule(lengths[length])), pieces(schedule)

            def tell(said: str, label: str = f"{length}, {name}, seed {seed}", steps: Iterator[float] = steps) -> None:
                progress.update(bar, description=f"{label}: {said}", advance=expected * next(steps))  # noqa: B023

            measured = trainer.train(schedule, way.held, seed, tell)
            cell = {"length": length, "way": name, "seed": seed, "epochs": schedule.epochs, **measured}
            cells.put({**cell, "settings": settings(way)})
            progress.print(f"{length}, {name}, seed {seed}: {cell['seconds']:.1f} s, {cell['accuracy']:.2%}")


def epochs_in_time(cells: Cells, length: str, cut: str, seed: int) -> int:
    """Returns how many epochs of the way that is cut take as long as the other training did, with the same seed."""
    whole, other = (cells.get(length, name, seed) for name in CUTS[cut])
    if whole is None or other is None:
        needed = "` and `".join(CUTS[cut])
        raise SystemExit(f"`{cut}` needs `{needed}` of seed {seed}: name them in --ways, before it.")
    return max(round(whole["epochs"] * other["seconds"] / whole["seconds"]), 1)


def work_of(schedule: Schedule) -> float:
    """Returns what a training costs, in epochs of images of one pixel."""
    return sum(phase.num_epochs * float(phase.image_size) ** 2 for phase in schedule.phases)


def pieces(schedule: Schedule) -> Iterator[float]:
    """Yields the share of the whole cost that each epoch has."""
    for phase in schedule.phases:
        yield from [phase.image_size**2 / work_of(schedule)] * phase.num_epochs


def about() -> dict:
    """Returns what it was measured on."""
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__}
    return {"machine": platform.machine(), "cores": os.cpu_count(), "threads": 1, **versions, "images": IMAGES}


if __name__ == "__main__":
    main()

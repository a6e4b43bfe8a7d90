"""How many images a second RandAugment changes, next to the other ways of doing it, all in one run.

    python benchmarks/augment_ops.py               # 128, 224, 300 px, batches of 32 and 128: half an hour
    python benchmarks/augment_ops.py --sizes 224 --batches 32
    python benchmarks/augment_ops.py --tiny        # a minute, checks only that it runs

torchvision cannot live beside TensorFlow here: its way runs in the environment that `make peers` sets up, found by
`--peers-python`, then `$PEERS_VENV`, then .venv-peers. Where it is missing that way is left out.

Last seen on 2 shared x86-64 cores, no GPU, Python 3.11, TensorFlow 2.21, Keras 3.15.1, torchvision 0.29.1, median of 3;
CPU ms a batch, and in brackets `times`, by px and batch (all figures: docs/methods/augmentation.md):

  way                            128, 32      128, 128       224, 32      224, 128       300, 32      300, 128
  keras layer, batch           374 (1.0)    1575 (1.0)    1220 (1.0)    4802 (1.0)    2213 (1.0)    8708 (1.0)
  keras layer, per image       396 (0.9)    1600 (1.0)    1194 (1.0)    4683 (1.0)    2128 (1.0)    8403 (1.0)
  switch, per image            14 (26.9)     59 (26.6)    106 (11.5)    172 (27.9)     56 (39.6)    278 (31.3)
  Pillow, workers               9 (43.0)     31 (50.4)     18 (66.7)     72 (67.0)     29 (76.1)    149 (58.3)
  torchvision, workers         12 (30.2)     43 (37.1)     22 (55.1)     81 (59.5)     39 (56.4)    131 (66.4)
  ours                         17 (22.6)     59 (26.8)     53 (22.9)    164 (29.2)     94 (23.4)    335 (26.0)
  ours, compiled                5 (76.8)     23 (70.0)     14 (90.2)     59 (81.1)     26 (85.5)    107 (81.4)

Two layers, magnitude 10. CPU time counts all cores and processes and is what a training step loses; `times` is how much
less of it than keras.layers.RandAugment on the whole batch. Of the ways in tf.data, what the dataset costs without them
is taken off. The switch runs these same operations one image at a time, its geometry in TensorFlow's native kernel.
Memory is the most that a fresh process and its workers hold, above what they hold once their libraries are loaded. A
way whose batch takes more than 10 s is measured once.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from augment_timing import SLOW, Spent, held, random_batch, timed
from augment_ways import BASE, ways
from augment_workers import has_torchvision
from results_file import keep

# fmt: off
TABLES = (
    # title                     cell
    ("CPU ms a batch",          lambda row: f"{row['cpu_ms']:.1f} ± {row['cpu_spread_ms']:.1f}" if row["n"] > 1
                                            else f"{row['cpu_ms']:.0f} (once)"),
    ("times",                   lambda row: f"{row['times']:.1f}"),
    ("images/s",                lambda row: f"{row['images_per_second']:.0f}"),
    ("first call, s",           lambda row: f"{row['first_s']:.1f}"),
    ("peak memory, MiB",        lambda row: f"{row['memory_mib']}"),
)
# fmt: on


def measure(size: int, batch: int, repeats: int, peers_python: str | None) -> list[dict]:
    """Times every way at one size, in turns, so that a busy moment of the machine hits all."""
    images = random_batch(size, batch)
    with ExitStack() as closing:
        runs = {name: make(images, closing) for name, make in ways(peers_python).items()}
        first = {name: timed(lambda run=run: run(0)).wall for name, run in runs.items()}
        spent: dict[str, list[Spent]] = {name: [] for name in runs}
        for number in range(1, repeats + 1):
            for name, run in runs.items():
                if not (spent[name] and spent[name][0].wall > SLOW):
                    spent[name].append(run(number))
    cpu = {name: statistics.median(one.cpu for one in every) for name, every in spent.items()}
    return [
        {
            "size": size,
            "batch": batch,
            "way": name,
            "n": len(every),
            "images_per_second": batch / statistics.median(one.wall for one in every),
            "cpu_ms": 1e3 * cpu[name],
            "cpu_spread_ms": 1e3 * statistics.pstdev(one.cpu for one in every),
            "times": cpu[BASE] / cpu[name],
            "first_s": first[name],
        }
        for name, every in spent.items()
    ]


def peak_memory(name: str, size: int, batch: int, peers_python: str | None) -> int:
    """Returns the most MiB that a way held while it changed up to three batches, above what it held before."""
    images, make = random_batch(size, batch), ways(peers_python)[name]
    with ExitStack() as closing:
        make(images[:1], closing)  # TensorFlow itself is loaded before the count
        before, begun, elsewhere = held("VmRSS"), time.perf_counter(), 0
        run = make(images, closing)
        for number in range(3):
            elsewhere = max(elsewhere, run(number).elsewhere)
            if time.perf_counter() - begun > SLOW:
                break
        return (held("VmHWM") - before + elsewhere) // 1024


def in_fresh_process(function: Callable[..., int], *arguments: Any) -> int:
    """Runs a function where nothing has been loaded yet."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(function, *arguments).result()


def table(rows: list[dict], title: str, cell: Callable[[dict], str]) -> str:
    """Lays one figure out: a row a way, a column a size."""
    columns = list(dict.fromkeys((row["size"], row["batch"]) for row in rows))
    lines = [
        f"| {title} | " + " | ".join(f"{size} px, {batch}" for size, batch in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for way in dict.fromkeys(row["way"] for row in rows):
        cells = {(row["size"], row["batch"]): cell(row) for row in rows if row["way"] == way}
        lines.append(f"| {way} | " + " | ".join(cells[column] for column in columns) + " |")
    return "\n".join(lines)


def find_peers(given: str | None) -> str | None:
    """Returns an interpreter that has torchvision, or says why that way is left out."""
    python = given or str(Path(os.environ.get("PEERS_VENV", ".venv-peers")) / "bin" / "python")
    if has_torchvision(python):
        return python
    print(f"left out: torchvision, workers. {python} finds no torchvision; `make peers` sets one up.")
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 224, 300], help="px")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peers-python", metavar="PATH", help="an interpreter that has torchvision")
    parser.add_argument("--tiny", action="store_true", help="one small size, to see that it runs")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    settings = parser.parse_args()
    if settings.tiny:
        settings.sizes, settings.batches, settings.repeats = [32], [4], 1
    peers_python = find_peers(settings.peers_python)
    rows = []
    for size in settings.sizes:
        for batch in settings.batches:
            for row in measure(size, batch, settings.repeats, peers_python):
                row["memory_mib"] = in_fresh_process(peak_memory, row["way"], size, batch, peers_python)
                rows.append(row)
                print(f"{size} px, batch {batch}: {row['way']}, {row['cpu_ms']:.1f} ms", flush=True)
    print("\n" + "\n\n".join(table(rows, title, cell) for title, cell in TABLES))
    if not settings.tiny:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        keep("augment_ops-cpu", {"machine": machine, "rows": rows}, settings.results)


if __name__ == "__main__":
    main()

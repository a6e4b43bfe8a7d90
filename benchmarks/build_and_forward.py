"""How long does a network take to build, to answer for the first time, and to answer, beside keras.applications?

Command: python benchmarks/build_and_forward.py            (about 5 minutes on 2 cores; --tiny: under one)
Writes:  results/build_and_forward-<device>-<commit>.json and a Markdown table.
How:     both sides take turns in one process, so that whatever else the machine does meets both. Each repeat builds
         a network from nothing, calls it once through `predict_on_batch`, then calls it again. Seconds are CPU time
         of the process on a CPU, wall time on a GPU. A ratio is theirs over ours: above 1 we are faster. Reported is
         the median of the repeats, with the lower and the upper quartile.

Last seen (TF 2.21, Keras 3.15.1, 2 cores shared with other work, 5 repeats; quartiles in the results):

| network, px, batch | build | first call | forward |
|---|---|---|---|
| efficientnetv2-b0, 224, 8 | 1.21 | 1.10 | 1.02 |
| efficientnetv2-s, 300, 4 | 1.14 | 1.07 | 1.03 |
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from results_file import keep

from effnetv2_keras.models import create_model

NETWORKS = {
    "b0": ("efficientnetv2-b0", "EfficientNetV2B0"),
    "s": ("efficientnetv2-s", "EfficientNetV2S"),
}
STEPS = ("build", "first call", "forward")
RESULTS = Path(__file__).with_name("results")


@functools.cache
def device() -> str:
    """Returns "gpu" where Keras sees one."""
    return "gpu" if keras.distribution.list_devices("gpu") else "cpu"


def build_ours(name: str, size: int) -> keras.Model:
    return create_model(NETWORKS[name][0], input_shape=(size, size, 3))


def build_theirs(name: str, size: int) -> keras.Model:
    build = getattr(keras.applications, NETWORKS[name][1])
    return build(weights=None, input_shape=(size, size, 3), classifier_activation=None)


def measure(build, name: str, size: int, batch: int, calls: int) -> dict[str, float]:
    """Returns the seconds that one network takes for each step; for `forward` the mean of `calls`."""
    clock = time.process_time if device() == "cpu" else time.perf_counter
    images = np.random.default_rng(0).integers(0, 256, (batch, size, size, 3)).astype("float32")
    keras.backend.clear_session()
    started = clock()
    model = build(name, size)
    built = clock() - started
    started = clock()
    model.predict_on_batch(images)
    first = clock() - started
    model.predict_on_batch(images)
    started = clock()
    for _ in range(calls):
        model.predict_on_batch(images)
    return {"build": built, "first call": first, "forward": (clock() - started) / calls}


def compare(name: str, size: int, batch: int, repeats: int, calls: int) -> list[dict]:
    """Returns a row a step: medians of both sides and of their ratio."""
    sides = {"ours": build_ours, "theirs": build_theirs}
    seconds: dict[str, list[dict[str, float]]] = {"ours": [], "theirs": []}
    for build in sides.values():  # warm-up: imports and caches
        measure(build, name, size, batch, 1)
    for repeat in range(repeats):
        for side in sorted(sides, reverse=repeat % 2 == 1):
            seconds[side].append(measure(sides[side], name, size, batch, calls))
    rows = []
    for step in STEPS:
        ratios = [theirs[step] / ours[step] for ours, theirs in zip(seconds["ours"], seconds["theirs"], strict=True)]
        low, median, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        ours, theirs = (statistics.median(one[step] for one in seconds[side]) for side in ("ours", "theirs"))
        rows.append(
            {
                **{"network": NETWORKS[name][0], "image_size": size, "batch": batch, "step": step},
                **{"ours_seconds": ours, "theirs_seconds": theirs},
                **{"ratio": median, "ratio_low": low, "ratio_high": high, "repeats": repeats},
            }
        )
    return rows


def markdown(rows: list[dict]) -> str:
    lines = [
        "| network | px | batch | step | ours, s | keras.applications, s | ratio (quartiles) |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['network']} | {row['image_size']} | {row['batch']} | {row['step']} | {row['ours_seconds']:.3f} "
        f"| {row['theirs_seconds']:.3f} | {row['ratio']:.2f} ({row['ratio_low']:.2f}-{row['ratio_high']:.2f}) |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="one repeat of B0 at 64 px, to see that it runs")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    if arguments.tiny:
        rows = compare("b0", size=64, batch=2, repeats=1, calls=1)
    else:
        rows = compare("b0", 224, 8, arguments.repeats, calls=5) + compare("s", 300, 4, arguments.repeats, calls=3)
    print(markdown(rows))
    where = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    versions = {"keras": keras.__version__, "backend": keras.backend.backend()}
    tiny = "-tiny" if arguments.tiny else ""
    keep(f"build_and_forward{tiny}-{device()}", {**where, **versions, "rows": rows}, arguments.results)


if __name__ == "__main__":
    main()

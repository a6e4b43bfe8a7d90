"""What part of a training step of EfficientNetV2-B0 its augmentation takes, plain and compiled, in one run.

    python benchmarks/augment_share.py            # 128, 224, 300 px, batches of 32 and 128: about five minutes
    python benchmarks/augment_share.py --tiny     # a minute, checks only that it runs

CPU time over all cores, median of the repeats, taken in turn: a step without augmentation, two layers of RandAugment
with MixUp and CutMix plain, the same compiled. The goal is less than 5 %. A step of more than 32 images counts as
several of 32: at 300 px 128 images want more memory than most machines have.

Last seen on 2 shared x86-64 cores, no GPU, TensorFlow 2.21, Keras 3.15.1, median of 5, CPU ms:

   px  batch   step   plain  share   compiled  share
  128     32   1120    25.4  2.2 %        6.7  0.6 %
  224     32   3214    73.7  2.2 %       20.1  0.6 %
  300     32   5836   124.0  2.1 %       36.9  0.6 %
  128    128   4349    88.6  2.0 %       28.0  0.6 %
  224    128  12442   271.6  2.1 %       97.9  0.8 %
  300    128  24987   628.0  2.5 %      164.7  0.7 %
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
from results_file import keep
from rich.console import Console
from rich.table import Table

from effnetv2_keras.augment.compiling import CompileChoice
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.layers.knobs import Knobs
from effnetv2_keras.models.create import create_model
from effnetv2_keras.training.augmenting import Augmenter
from effnetv2_keras.training.classifier import Classifier

CLASSES = 100
STEP = 32  # images of a step at most; larger batches count as several
STRENGTHS = {"randaugment": 10.0, "mixup": 0.2, "cutmix": 0.2}
WAYS = ("step", "plain", "compiled")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[128, 224, 300], help="px")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tiny", action="store_true", help="one small size, to see that it runs")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    if options.tiny:
        options.sizes, options.batches, options.repeats = [32], [4], 1
    rows = [measure(size, batch, options.repeats) for batch in options.batches for size in options.sizes]
    show(rows, options)
    if not options.tiny:
        about = {"machine": platform.machine(), "cores": os.cpu_count(), "tensorflow": tf.__version__}
        keep("augment_share-cpu", {**about, "rows": rows}, options.results)


def measure(size: int, batch: int, repeats: int) -> dict[str, float]:
    """Returns the median CPU milliseconds of each way at one size, a batch."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.integers(0, 256, (batch, size, size, 3)).astype("uint8"))
    labels = tf.one_hot(rng.integers(0, CLASSES, batch), CLASSES)
    network = create_model("efficientnetv2-b0", num_classes=CLASSES)
    classifier = Classifier(network, augmentation=None)
    classifier.compile(keras.optimizers.SGD(0.01))
    augment = {name: augmenting(network, [CompileChoice(name == "compiled", "")]) for name in WAYS[1:]}
    runs: dict[str, Callable[[], object]] = {
        "step": lambda: classifier.train_on_batch(images[:STEP], labels[:STEP]),
        **{name: lambda name=name: augment[name](images, labels, tf.constant(1))[0].numpy() for name in augment},
    }
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(repeats + 1):  # the first traces and compiles
        for name, run in runs.items():
            begun = time.process_time()
            run()
            if repeat:
                spent[name].append(1000 * (time.process_time() - begun))
    found = {name: statistics.median(times) for name, times in spent.items()}
    found["step"] *= batch / min(batch, STEP)
    return {"size": size, "batch": batch, **found}


def augmenting(network: keras.Model, choices: list[CompileChoice]) -> Callable:
    """Returns the augmentation of a step at full strength, as a traced function."""
    knobs = Knobs(network)
    for name, value in STRENGTHS.items():
        knobs.turn(name, value)
    augmenter = Augmenter(Augmentation(), knobs)
    augmenter.plan(choices)
    return tf.function(augmenter, autograph=False)


def show(rows: list[dict[str, float]], options: argparse.Namespace) -> None:
    """Prints the table."""
    table = Table(title=f"CPU ms, EfficientNetV2-B0, median of {options.repeats}")
    for column in ("px", "batch", "step", "augmentation", "share", "compiled", "share"):
        table.add_column(column, justify="right")
    for row in rows:
        share = [f"{row[name] / (row['step'] + row[name]):.1%}" for name in WAYS[1:]]
        table.add_row(
            f"{row['size']:.0f}",
            f"{row['batch']:.0f}",
            f"{row['step']:.0f}",
            f"{row['plain']:.1f}",
            share[0],
            f"{row['compiled']:.1f}",
            share[1],
        )
    Console().print(table)


if __name__ == "__main__":
    main()

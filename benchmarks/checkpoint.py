"""What does it cost to keep a training safe?

Command: python benchmarks/checkpoint.py                   (some minutes on 2 cores; --tiny: a small network)
Writes:  results/checkpoint-<commit>.json and a Markdown table.
How:     EfficientNetV2-B0 and -S with 1000 classes and AdamW, in batches of 8 at 128 px. In turns: a training step, a
         checkpoint of ours (weights, their moving average, optimizer, seeds, place; hashed, synced, renamed) and one of
         keras.callbacks.BackupAndRestore of the same network (weights and optimizer, written over the one before).
         Process CPU time, median of the turns. The share is the time by the clock that a checkpoint takes, of the
         default interval; whatever else the machine does makes it larger.

Last seen (Keras 3.15.1, 2 cores of an x86-64 that others used too, 7 turns; B0, S):

| network | a checkpoint, MB (Keras's) | in steps of 8, 128 px (Keras's) | CPU time to Keras's | share of 10 minutes |
|---|---|---|---|---|
| efficientnetv2-b0 | 115 (87) | 0.80 (2.10) | 0.38, 0.34 to 0.43 | 0.22 % |
| efficientnetv2-s | 346 (260) | 0.92 (1.37) | 0.67, 0.63 to 0.73 | 0.28 % |
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from results_file import keep

from effnetv2_keras import Classifier, ModelConfig, Stage, create_model
from effnetv2_keras.configs.interval import parse_interval
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.training.checkpoint import Position, Progress
from effnetv2_keras.training.checkpoint_folder import CheckpointFolder

BATCH, SIDE, CLASSES = 8, 128, 1000
INTERVAL = parse_interval("checkpoint_every", TrainSettings(data="").checkpoint_every).seconds or 0
NETWORKS: tuple[str | ModelConfig, ...] = ("efficientnetv2-b0", "efficientnetv2-s")
TINY = ModelConfig("tiny", (Stage("fused", 3, 2, 2, 8, 1),), stem=8, head=16, eval_size=32)
Seconds = tuple[float, float]  # of the processor, by the clock


def took(act: Callable[[], object]) -> Seconds:
    """Returns what `act` takes."""
    cpu, clock = time.process_time(), time.perf_counter()
    act()
    return time.process_time() - cpu, time.perf_counter() - clock


def measure(name: str | ModelConfig, turns: int, folder: Path) -> dict:
    """Returns the figures of a network."""
    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).integers(0, 256, (BATCH, SIDE, SIDE, 3)).astype("float32")
    rows = keras.ops.one_hot(np.arange(BATCH), CLASSES)
    classifier = Classifier(create_model(name, num_classes=CLASSES), augmentation=None)
    classifier.compile(keras.optimizers.AdamW(1e-3), ema_decay=0.9999)
    plain = classifier.network
    plain.compile(keras.optimizers.AdamW(1e-3), keras.losses.CategoricalCrossentropy(from_logits=True))
    plain.optimizer.build(plain.trainable_variables)
    ours, backup = CheckpointFolder(folder / "ours", 3), keras.callbacks.BackupAndRestore(folder / "keras", save_freq=1)
    backup.set_model(plain)
    backup.on_epoch_begin(0)
    step = Position(0, 1)
    ways = {
        "step": lambda: classifier.fit(images, rows, batch_size=BATCH, epochs=1, verbose=0),
        "ours": lambda: ours.save(classifier, Progress(step)),
        "keras": lambda: backup.on_train_batch_end(0),
    }
    for act in ways.values():  # compiles, and opens what is opened once
        act()
    taken: dict[str, list[Seconds]] = {way: [] for way in ways}
    for _ in range(turns):
        for way, act in ways.items():
            taken[way].append(took(act))
    sizes = {way: sum(path.stat().st_size for path in (folder / way).glob("*.[nh][p5]*")) for way in ("ours", "keras")}
    sizes["ours"] //= len(ours.newest_first())
    return {
        "network": name if isinstance(name, str) else name.name,
        "bytes": sizes,
        "cpu_seconds": {way: [cpu for cpu, _ in one] for way, one in taken.items()},
        "seconds": {way: [clock for _, clock in one] for way, one in taken.items()},
    }


def markdown(figures: list[dict]) -> str:
    lines = [
        f"| network | a checkpoint, MB (Keras's) | in steps of {BATCH} images at {SIDE} px (Keras's) "
        f"| to Keras's, lowest to highest | of the time, every {INTERVAL // 60} minutes |",
        "|---|---|---|---|---|",
    ]
    for one in figures:
        cpu = one["cpu_seconds"]
        step = statistics.median(cpu["step"])
        ours, theirs = statistics.median(cpu["ours"]), statistics.median(cpu["keras"])
        ratios = [a / b for a, b in zip(cpu["ours"], cpu["keras"], strict=True)]
        clock = statistics.median(one["seconds"]["ours"])
        lines.append(
            f"| {one['network']} | {one['bytes']['ours'] / 1e6:.0f} ({one['bytes']['keras'] / 1e6:.0f}) "
            f"| {ours / step:.2f} ({theirs / step:.2f}) "
            f"| {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f} "
            f"| {clock / (INTERVAL + clock):.2%} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--tiny", action="store_true", help="a small network and two turns, to see that it runs")
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("results"))
    options = parser.parse_args()
    networks, turns = ((TINY,), 2) if options.tiny else (NETWORKS, options.turns)
    figures = []
    for number, name in enumerate(networks):
        with tempfile.TemporaryDirectory() as folder:
            figures.append(measure(name, turns, Path(folder) / str(number)))
        print(markdown(figures), flush=True)
        keras.backend.clear_session()
    if not options.tiny:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "keras": keras.__version__}
        keep("checkpoint", {**machine, "turns": turns, "interval": INTERVAL, "networks": figures}, options.results)


if __name__ == "__main__":
    main()

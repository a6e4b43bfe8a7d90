"""Does a process that trains on the same data grow from epoch to epoch?

Command: python benchmarks/memory_growth.py                (minutes on 2 cores; --tiny: three epochs, no figures)
Writes:  results/memory_growth-<commit>.json, docs/images/memory_growth.png and a Markdown table.
How:     a small network learns 64 noisy JPEG files of 96 px, 4 steps an epoch, with RandAugment, MixUp, an average of
         the weights, a validation and a file of weights at the end of each epoch; 32 px in the first half of the
         epochs, 48 px in the second. After each epoch the resident memory of the process is read (Linux alone).
         TensorFlow takes memory as it first meets a size, so growth is counted in the second half, from its third
         epoch on: last minus first, and the slope of a straight line through them.
Bound:   BOUND_MB, on the growth that is counted; tests/training/test_memory.py holds it. Memory goes up and down by
         some 15 MB from epoch to epoch, which the bound has to leave room for.

Last seen (TensorFlow 2.21, Keras 3.15.1, 2 busy cores of an x86-64): 0.9 MB in 8 epochs, 1350 MB in all.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import matplotlib
import numpy as np
from PIL import Image
from results_file import keep

from effnetv2_keras import (
    Augmentation,
    Classifier,
    ModelConfig,
    ProgressiveCallback,
    ProgressiveSchedule,
    Ramp,
    Stage,
    create_model,
    make_dataset,
    open_source,
)

matplotlib.use("Agg")
import matplotlib.pyplot as plt

EPOCHS, WARM, BOUND_MB = 20, 2, 48
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "memory_growth.png"
NETWORK = ModelConfig(
    "small", (Stage("fused", 3, 2, 2, 8, 1), Stage("mbconv", 3, 2, 2, 16, 2, 0.25)), stem=8, head=32, eval_size=48
)


def resident_mb() -> float:
    """Returns the resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Watch(keras.callbacks.Callback):
    """Reads the memory after each epoch, when its weights are written."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.seen: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Takes it down."""
        self.model.save_weights(self.path)
        self.seen.append(resident_mb())


def write_photos(folder: Path) -> None:
    """Writes 32 noisy JPEG files of each of two classes."""
    rng = np.random.default_rng(0)
    for label, level in (("dark", 60), ("light", 180)):
        (folder / label).mkdir(parents=True)
        for number in range(32):
            pixels = np.clip(rng.normal(level, 40, (96, 96, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(folder / label / f"{number}.jpg")


def measure(epochs: int) -> list[float]:
    """Trains so many epochs and returns the resident memory after each, in MB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_photos(folder / "photos")
        photos = open_source(folder / "photos", validation=0.25)
        classifier = Classifier(
            create_model(NETWORK, num_classes=2), augmentation=Augmentation(operations=("Rotate", "Color", "Equalize"))
        )
        classifier.compile("adamw", ema_decay=0.99)
        train = make_dataset(photos.train, 12, knobs=classifier.knobs)
        measured = make_dataset(photos.validation, 8, image_size=48)
        schedule = ProgressiveSchedule(
            epochs=epochs, num_phases=2, image_size=Ramp(32, 48), randaugment=Ramp(5, 10), mixup=Ramp(0.1, 0.2)
        )
        watch = Watch(folder / "last.weights.h5")
        callbacks = [ProgressiveCallback(schedule, verbose=0), watch]
        classifier.fit(train, validation_data=measured, epochs=epochs, callbacks=callbacks, verbose=0)
        return watch.seen


def growth(seen: list[float]) -> dict[str, float]:
    """Returns what was gained in the second half, after its first epochs, in MB: in all and an epoch."""
    counted = np.array(seen[len(seen) // 2 + WARM :])
    slope = float(np.polyfit(np.arange(len(counted)), counted, 1)[0]) if len(counted) > 1 else 0.0
    return {"gained_mb": float(counted[-1] - counted[0]), "gained_mb_an_epoch": slope, "epochs_counted": len(counted)}


def draw(seen: list[float], path: Path) -> None:
    """Writes the curve."""
    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    epochs = range(1, len(seen) + 1)
    axes.plot(epochs, seen, marker="o")
    axes.axvline(len(seen) / 2 + 0.5, color="grey", linestyle=":")
    axes.axvspan(len(seen) // 2 + WARM + 1, len(seen), alpha=0.1)
    axes.set(xlabel="epoch", ylabel="resident memory, MB", ylim=(0, 1.15 * max(seen)), xticks=epochs[::2])
    axes.set_title("The same data, epoch after epoch; larger images from the dotted line on", fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="three epochs, to see that it runs")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("results"))
    parser.add_argument("--picture", type=Path, default=PICTURE)
    options = parser.parse_args()
    seen = measure(3 if options.tiny else options.epochs)
    found = growth(seen)
    print("| epoch | resident memory, MB |\n|---|---|")
    print("\n".join(f"| {epoch} | {mb:.0f} |" for epoch, mb in enumerate(seen, start=1)))
    print(f"\nGrowth counted: {found['gained_mb']:.1f} MB in {found['epochs_counted']} epochs; bound {BOUND_MB} MB.")
    if options.tiny:
        return
    draw(seen, options.picture)
    machine = {"machine": platform.machine(), "cores": os.cpu_count(), "keras": keras.__version__}
    keep("memory_growth", {**machine, "bound_mb": BOUND_MB, **found, "resident_mb": seen}, options.results)


if __name__ == "__main__":
    main()

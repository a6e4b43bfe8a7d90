"""How many steps does a network need for two new classes, from nothing and from one that knows eight others?

Command: python benchmarks/fine_tuning.py                  (a few minutes on 2 cores; --tiny: one seed)
Writes:  results/fine_tuning-<commit>.json and a Markdown table.
How:     scikit-learn's handwritten digits, 32 px. For each seed a small network learns the digits 0 to 7; then four
         networks learn 8 against 9 from 64 images, and are measured every 4 steps on the other 290. Counted are the
         steps until GOAL of these are right: median, lowest and highest of the seeds. A way that does not get there
         counts as MOST steps.

Last seen (Keras 3.15.1, TF 2.21, 2 cores shared with other work, 3 seeds):

| 8 against 9, 64 images | steps to 90%, median | of the seeds |
|---|---|---|
| from nothing | 40 | 24 to 80 |
| fine-tuned | 4 | 4 to 4 |
| fine-tuned, rate falling by 0.8 a block | 8 | 4 to 8 |
| fine-tuned, the classifier alone for 8 steps | 12 | 12 to 12 |

Digits are so alike that nothing has to be held back here: the helps cost a few steps and gain none.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from keras import ops
from results_file import keep
from sklearn.datasets import load_digits

from effnetv2_keras import Classifier, ModelConfig, Stage, create_model
from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.training.optimizers import make_optimizer

GOAL, MOST, EVERY = 0.90, 80, 4
SHOWN, BATCH, SIDE = 64, 16, 32
OPTIMIZER = OptimizerSpec("adamw", weight_decay=1e-2)
# fmt: off
NETWORK = ModelConfig(
    "digits",
    (
        Stage("fused",  3, 1, 1, 16, 1),
        Stage("fused",  3, 2, 4, 24, 2),
        Stage("mbconv", 3, 2, 4, 48, 2, 0.25),
        Stage("mbconv", 3, 1, 4, 64, 2, 0.25),
    ),
    stem=16, head=128, eval_size=SIDE, dropout=0.1, drop_path=0.0,
)
WAYS = {
    #  way                                        starts from    rate    options of `compile`
    "from nothing":                               ("nothing",    2e-3,   {}),
    "fine-tuned":                                 ("eight",      2e-3,   {}),
    "fine-tuned, rate falling by 0.8 a block":    ("eight",      2e-3,   {"layer_decay": 0.8}),
    "fine-tuned, the classifier alone for 8 steps": ("eight",    2e-3,   {"head_epochs": 2}),
}
# fmt: on


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Returns all scans (1797, 32, 32, 3) in [0, 255] and what they show."""
    scans, labels = load_digits(return_X_y=True)
    images = scans.reshape(-1, 8, 8, 1) * (255 / 16)
    return np.repeat(ops.convert_to_numpy(ops.image.resize(images, (SIDE, SIDE))), 3, axis=-1), labels


def learn_eight(images: np.ndarray, labels: np.ndarray, seed: int, epochs: int, path: Path) -> float:
    """Trains on the digits 0 to 7, writes the weights, and returns the accuracy on a tenth kept back."""
    keras.utils.set_random_seed(seed)
    order = np.random.default_rng(seed).permutation(np.flatnonzero(labels < 8))
    held, kept = order[: len(order) // 10], order[len(order) // 10 :]
    classifier = Classifier(create_model(NETWORK, num_classes=8), augmentation=None)
    classifier.compile(make_optimizer(OPTIMIZER, 2e-3))
    classifier.fit(images[kept], labels[kept], batch_size=32, epochs=epochs, verbose=0)
    classifier.save_weights(path)
    return float(classifier.evaluate(images[held], labels[held], verbose=0, return_dict=True)["accuracy"])


def steps_to_goal(images: np.ndarray, labels: np.ndarray, seed: int, way: str, eight: Path) -> tuple[int, list[float]]:
    """Returns after how many steps the two new digits are told apart, and the accuracy every `EVERY` steps."""
    start, rate, options = WAYS[way]
    keras.utils.set_random_seed(seed)
    order = np.random.default_rng(seed).permutation(np.flatnonzero(labels >= 8))
    shown, rest = order[:SHOWN], order[SHOWN:]
    network = create_model(NETWORK, num_classes=2, weights=eight if start == "eight" else None)
    classifier = Classifier(network, augmentation=None)
    classifier.compile(make_optimizer(OPTIMIZER, rate), **options)
    epochs = MOST // EVERY
    history = classifier.fit(
        images[shown],
        labels[shown] - 8,
        batch_size=BATCH,
        epochs=epochs,
        validation_data=(images[rest], labels[rest] - 8),
        validation_batch_size=len(rest),
        callbacks=[StopAtGoal()],
        verbose=0,
    )
    seen = [float(one) for one in history.history["val_accuracy"]]
    reached = [number for number, accuracy in enumerate(seen, start=1) if accuracy >= GOAL]
    return (reached[0] * EVERY if reached else MOST), seen


class StopAtGoal(keras.callbacks.Callback):
    """Ends the training once the goal is reached."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Compares what was measured with the goal."""
        self.model.stop_training = (logs or {})["val_accuracy"] >= GOAL


def markdown(rows: list[dict]) -> str:
    lines = [f"| 8 against 9, {SHOWN} images | steps to {GOAL:.0%}, median | of the seeds |", "|---|---|---|"]
    lines += [f"| {row['way']} | {row['median']:.0f} | {min(row['steps'])} to {max(row['steps'])} |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="one seed and two epochs, to see that it runs")
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("results"))
    options = parser.parse_args()
    seeds, epochs = (1, 2) if options.tiny else (options.seeds, 10)
    images, labels = digits()
    found: dict[str, list[tuple[int, list[float]]]] = {way: [] for way in WAYS}
    eight = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            path = Path(folder) / f"eight_{seed}.weights.h5"
            eight.append(learn_eight(images, labels, seed, epochs, path))
            for way in WAYS:
                found[way].append(steps_to_goal(images, labels, seed, way, path))
                keras.backend.clear_session()
    rows = [
        {
            "way": way,
            "steps": [steps for steps, _ in runs],
            "median": statistics.median(steps for steps, _ in runs),
            "accuracies": [seen for _, seen in runs],
        }
        for way, runs in found.items()
    ]
    print(markdown(rows))
    print(f"\nThe digits 0 to 7: {min(eight):.1%} to {max(eight):.1%} of those kept back.")
    if not options.tiny:
        keep("fine_tuning", about(rows, eight), options.results)


def about(rows: list[dict], eight: list[float]) -> dict:
    """Returns the figures with what they were measured on."""
    machine = {"machine": platform.machine(), "cores": os.cpu_count(), "keras": keras.__version__}
    settings = {"goal": GOAL, "most_steps": MOST, "images": SHOWN, "batch_size": BATCH, "accuracy_of_eight": eight}
    return {**machine, **settings, "rows": rows}


if __name__ == "__main__":
    main()

"""The pictures of a run: its curves, and what it says of photos that it was not trained on."""

from __future__ import annotations

import numpy as np

from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.data.manifest import Split
from effnetv2_keras.inference.evaluate import evaluate
from effnetv2_keras.inference.predictor import load_predictor
from effnetv2_keras.report.curves import draw_curves
from effnetv2_keras.report.examples import draw_examples
from effnetv2_keras.runs.history import Row
from effnetv2_keras.runs.run_directory import RunDirectory

MOST_PHOTOS = 256


def draw_run_pictures(run: RunDirectory, rows: list[Row], schedule: Schedule, validation: Split) -> None:
    """Writes `curves.png` and `examples.png`; the examples come from at most 256 validation photos."""
    draw_curves(rows, schedule, run.curves)
    chosen = np.sort(np.random.default_rng(0).permutation(len(validation))[:MOST_PHOTOS])
    some = validation.select(chosen, validation.name)
    measured = evaluate(load_predictor(run.path), some)
    draw_examples(measured.answers, [some.label_names(i) for i in range(len(some))], some.bytes, run.examples)

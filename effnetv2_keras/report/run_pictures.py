"""What a finished training leaves to be looked at: its curves, some of its answers, and the report."""

from __future__ import annotations

import csv
from collections.abc import Callable

from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.data.manifest import BadFile, Split
from effnetv2_keras.inference.evaluate import evaluate
from effnetv2_keras.inference.predictor import load_predictor
from effnetv2_keras.report.curves import draw_curves
from effnetv2_keras.report.examples import draw_examples
from effnetv2_keras.report.measured import Measured
from effnetv2_keras.report.run_report import write_report
from effnetv2_keras.runs.history import Row
from effnetv2_keras.runs.run_directory import RunDirectory


def draw_run_pictures(
    run: RunDirectory,
    rows: list[Row],
    schedule: Schedule,
    validation: Split,
    advance: Callable[[int], None] | None = None,
) -> None:
    """Measures the best weights on `validation` and writes `curves.png`, `examples.png` and `report.html`.

    `advance` is told each image as it is measured.
    """
    draw_curves(rows, schedule, run.curves)
    predictor = load_predictor(run.path)
    seen = evaluate(predictor, validation, advance)
    draw_examples(
        seen.answers,
        [validation.label_names(index) for index in range(len(validation))],
        validation.bytes,
        run.examples,
    )
    measured = Measured(
        model=str(run.path),
        kind=predictor.kind,
        image_size=predictor.image_size,
        data=run.settings().data,
        part="its validation images",
        split=validation,
        evaluation=seen,
        unreadable=read_bad_files(run),
    )
    write_report(measured, run.report)


def read_bad_files(run: RunDirectory) -> tuple[BadFile, ...]:
    """Returns what a training left out."""
    if not run.bad_files.is_file():
        return ()
    with run.bad_files.open(encoding="utf-8", newline="") as file:
        return tuple(BadFile(row["location"], row["reason"]) for row in csv.DictReader(file))

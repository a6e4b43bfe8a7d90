"""The verb `effnetv2 evaluate`."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.errors import DataError


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A run, a SavedModel folder or a .tflite file.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of images a class, or any other source.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, nothing else.")] = False,
) -> None:
    """Measure a model on labelled pictures."""
    load_tensorflow()
    from rich.table import Table
    from rich.text import Text

    from effnetv2_keras.cli.output import say, wide_console
    from effnetv2_keras.cli.progress import progress
    from effnetv2_keras.data.open_source import open_split
    from effnetv2_keras.inference.evaluate import evaluate as measure
    from effnetv2_keras.inference.predictor import load_predictor

    with without_native_notes():
        predictor = load_predictor(model)
    split, unreadable = open_split(data, predictor.labels)
    done = count(1)
    with progress("evaluating") as advance:
        measured = measure(predictor, split, advance=lambda _: advance(next(done), len(split)))
    bad = [f"{file.location}: {file.reason}" for file in unreadable]
    bad += [f"{answer.path}: {answer.error}" for answer in measured.skipped]
    if not measured.num_images:
        raise DataError(f"At least one image must be readable. Got: {len(bad)} that are not, the first: {bad[0]}.")
    figures = {
        "model": str(model),
        "kind": predictor.kind,
        "image_size": predictor.image_size,
        "num_images": measured.num_images,
        "accuracy": round(measured.accuracy, 6),
        "top5_accuracy": round(measured.top5_accuracy, 6),
        "ms_per_image": round(measured.ms_per_image, 3),
    }
    if as_json:
        print(json.dumps({**figures, "recall": measured.recall, "skipped": bad}))
        return
    table = Table(title=Text(f"{model} on {data}"), show_header=False)
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), Text(str(value)))
    console = wide_console()
    console.print(table)
    weakest = sorted(measured.recall.items(), key=lambda item: item[1])[:5]
    say(console, "weakest classes: " + ", ".join(f"{name} {share:.1%}" for name, share in weakest))
    for line in bad:
        say(console, f"skipped {line}")

"""The verb `effnetv2 evaluate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.errors import DataError, UsageError


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A run, a SavedModel folder or a .tflite file.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of images a class, or any other source.")],
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where the page goes. Default: evaluation.html in a run, or beside the model."
        ),
    ] = None,
    tta: Annotated[
        str | None,
        typer.Option(
            metavar="VIEWS",
            help="Measure with the mean over several views too: flip, fivecrop, scales=0.9:1.1, or flip,fivecrop.",
        ),
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no page.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, nothing else; a page only with --report.")
    ] = False,
) -> None:
    """Measure a model on labelled pictures, and write a page with its confusions and surest mistakes."""
    if report is not None and no_report:
        raise UsageError(f"`--report` and `--no-report` exclude each other. Got: both, {report}.")
    from effnetv2_keras.inference.views import parse_views

    views = None if tta is None else parse_views("--tta", tta)
    load_tensorflow()
    from effnetv2_keras.cli.evaluation_table import figures_of, show_figures
    from effnetv2_keras.cli.output import say, wide_console
    from effnetv2_keras.cli.progress import progress
    from effnetv2_keras.report.measure import measure
    from effnetv2_keras.report.run_report import write_report
    from effnetv2_keras.report.seen_before import WARNING, was_trained_on

    with progress("evaluating") as advance:
        measured = measure(model, data, advance, loading=without_native_notes(), views=views)
    bad = [f"{file.location}: {file.reason}" for file in measured.skipped]
    if not measured.evaluation.num_images:
        raise DataError(f"At least one image must be readable. Got: {len(bad)} that are not, the first: {bad[0]}.")
    page = None if no_report or (as_json and report is None) else report or beside(model)
    console = wide_console()
    if as_json:
        print(json.dumps({**figures_of(measured), "skipped": bad, "report": None if page is None else str(page)}))
    else:
        show_figures(console, measured)
        for line in bad:
            say(console, f"skipped {line}")
        if was_trained_on(measured):
            say(console, WARNING)
    if page is None:
        return
    try:
        write_report(measured, page)
    except OSError as error:
        if report is not None:
            raise
        say(console, f"no page ({error.strerror}: {page}); --report FILE puts it elsewhere")
        return
    if not as_json:
        say(console, f"wrote {page}")


def beside(model: Path) -> Path:
    """Returns where a model's page goes: into a run, beside a file or a SavedModel, never into what is served.

    >>> str(beside(Path("export/photos.tflite")))
    'export/photos.tflite.report.html'
    """
    from effnetv2_keras.runs.run_directory import RunDirectory

    run = RunDirectory(model)
    if run.is_run:
        return run.evaluation
    if model.name.isdecimal() and model.is_dir():
        return model.parent.parent / f"{model.parent.name}-{model.name}.report.html"
    return model.parent / f"{model.name}.report.html"

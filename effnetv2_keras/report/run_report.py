"""The report of a run or an artefact: one page, offline, that says what it is worth and where it errs."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from effnetv2_keras.data.bad_files import read_or_reason
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.report.classes import classes_section
from effnetv2_keras.report.confusion import confusion_section
from effnetv2_keras.report.history_charts import curves_section, knobs_section
from effnetv2_keras.report.html import code, facts, percent, plural, section, table
from effnetv2_keras.report.measured import Measured, likely_range
from effnetv2_keras.report.mistakes import mistakes_section
from effnetv2_keras.report.page import page
from effnetv2_keras.report.report_style import STYLE
from effnetv2_keras.report.seen_before import WARNING, was_trained_on
from effnetv2_keras.report.thumbnail import thumbnail
from effnetv2_keras.report.trained import Trained, duration, trained_section
from effnetv2_keras.runs.environment import environment
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml

MOST_SKIPPED = 200  # files named
KINDS = {"run": "A training run", "saved_model": "A SavedModel", "tflite": "A TFLite file"}


def write_report(measured: Measured, path: Path) -> None:
    """Writes the page as one HTML file, pictures inside; that of a run tells its training too.

    Args:
        measured: what `measure` returns.
        path: the file to write.

    Raises:
        DataError: if a file of the run holds anything else than a run writes.
    """
    write_text(path, report_page(measured, RunDirectory(measured.model) if measured.kind == "run" else None))


def report_page(measured: Measured, run: RunDirectory | None = None) -> str:
    """Returns the page; `run` is where the model was trained, None for an artefact.

    Raises:
        DataError: if a file of the run holds anything else than a run writes.
    """
    trained = None if run is None else Trained.of(run)

    def picture(index: int) -> str | None:
        data, reason = read_or_reason(measured.split.full.store, index)
        return None if reason else thumbnail(data)

    sections = [] if trained is None else [trained_section(trained), curves_section(trained), knobs_section(trained)]
    sections += [
        confusion_section(measured, picture),
        classes_section(measured),
        mistakes_section(measured, picture),
        _skipped(measured),
        _environment(measured, run),
    ]
    body = "\n".join([_head(measured, trained), *(part for part in sections if part)])
    return page(f"{_name(measured)}: report", f"{body}\n<footer>effnetv2 report</footer>", STYLE)


def _name(measured: Measured) -> str:
    return Path(measured.model).name or measured.model


def _head(measured: Measured, trained: Trained | None) -> str:
    items = "".join(f"<li><b>{escape(value)}</b>{escape(name)}</li>" for name, value in _figures(measured, trained))
    links = "".join(f'<a href="#{anchor}">{title}</a>' for anchor, title in _links(measured, trained))
    what = escape(", ".join(text for text in (measured.data, measured.part) if text))
    return (
        f'<h1>{escape(_name(measured))}</h1><p class="quiet">{KINDS[measured.kind]}, measured on {what}</p>'
        f'<p class="verdict">{_verdict(measured, trained)}</p><ul class="figures">{items}</ul>'
        f'<nav aria-label="Sections">{links}</nav>'
    )


def _verdict(measured: Measured, trained: Trained | None) -> str:
    count = measured.evaluation.num_images
    right = round(measured.evaluation.accuracy * count)
    low, high = likely_range(right, count)
    what = "show the class that was answered first" if measured.split.is_multilabel else "were answered right"
    chosen = trained is not None and bool(measured.part) and not trained.run.settings().holdout
    advice = " The best epoch was chosen by these very images: expect a little less of new ones." if chosen else ""
    if was_trained_on(measured):
        advice = f' <span class="warn">{WARNING}</span>'
    return (
        f"<b>{right:,} of {plural(count, 'image')} {what}: {percent(measured.evaluation.accuracy)}.</b> "
        f"With so many images the true share is between {percent(low)} and {percent(high)}, with 95 % confidence."
        f"{advice}"
    )


def _figures(measured: Measured, trained: Trained | None) -> Iterator[tuple[str, str]]:
    seen = measured.evaluation
    yield "accuracy", percent(seen.accuracy)
    if measured.augmented is not None:
        yield f"with --tta {measured.views}", percent(measured.augmented.accuracy)
    if len(seen.counts.classes) > 5:
        yield "one of the best five", percent(seen.top5_accuracy)
    yield "mean recall of the classes", percent(seen.counts.mean_recall)
    yield "images", f"{seen.num_images:,}"
    yield "classes", f"{len(seen.counts.classes):,}"
    yield "an image, decoding and all", f"{seen.ms_per_image:.3g} ms"
    if trained is not None and trained.seconds:
        yield "of training", duration(trained.seconds)


def _links(measured: Measured, trained: Trained | None) -> Iterator[tuple[str, str]]:
    if trained is not None:
        yield "trained", "What was trained"
        if trained.rows:
            yield "curves", "Curves"
            yield "knobs", "Learning rate and knobs"
    yield from (("confusion", "Confusions"), ("classes", "Classes"), ("mistakes", "Mistakes"))
    if measured.skipped:
        yield "skipped", "Skipped files"
    yield "environment", "Environment"


def _skipped(measured: Measured) -> str:
    files = measured.skipped
    if not files:
        return ""
    rows = [(file.location, file.reason) for file in files[:MOST_SKIPPED]]
    rest = len(files) - len(rows)
    more = f'<p class="quiet">and {rest:,} more</p>' if rest else ""
    body = (
        "<p>They cannot be read, and are in no figure of this page.</p>"
        f'<div class="texts">{table(("file", "reason"), rows, "Files that were left out, with the reason")}</div>{more}'
    )
    return section("skipped", "Skipped files", body, f"{len(files):,}")


def _environment(measured: Measured, run: RunDirectory | None) -> str:
    now = environment()
    then = read_yaml(run.environment_file) if run is not None and run.environment_file.is_file() else now
    if then == now:
        body = facts(now.items())
    else:
        rows = [(name, str(then.get(name, "-")), now.get(name, "-")) for name in dict.fromkeys([*then, *now])]
        body = f'<div class="texts">{table(("", "trained with", "measured with"), rows, "Versions and devices")}</div>'
    again = f"<p>This measures again:</p>{code(measured.command)}" if measured.command else ""
    seen = f"<p>The model sees images of {measured.image_size} x {measured.image_size} px.</p>"
    return section("environment", "Environment", f"{body}{seen}{again}")

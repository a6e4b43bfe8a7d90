"""The curves of a run: loss and accuracy, the learning rate and every knob, over the phases they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from effnetv2_keras.configs.schedule import SETTINGS, Schedule
from effnetv2_keras.report.html import details, section, table
from effnetv2_keras.report.line_chart import Band, Line, line_chart
from effnetv2_keras.report.trained import Trained
from effnetv2_keras.runs.history import Row

SMALL = (360, 150)  # px
WRITTEN = {"image_size": "{:.0f} px"}
SHARES = ("accuracy",)


def curves_section(trained: Trained) -> str:
    """Returns loss and accuracy of training and validation."""
    if not trained.rows:
        return ""
    schedule, watched = trained.recipe.schedule, "holdout" if trained.run.settings().holdout else "validation"
    best = trained.best_epoch
    mark = (best, f"best: epoch {best}") if best else None
    charts = []
    for name in ("loss", "accuracy"):
        lines = [_line(trained.rows, key, told) for key, told in ((name, "training"), (f"val_{name}", watched))]
        shown = [line for line in lines if line.values]
        written = ("{:.0%}" if name in SHARES else "{:.3g}").format
        if shown:
            charts.append(line_chart(name, shown, _bands(schedule), schedule.epochs, written=written, mark=mark))
    names = list(trained.rows[0])
    numbers = table(
        [name.replace("_", " ") for name in names],
        [[f"{row[name]:.5g}" if name in row else "-" for name in names] for row in trained.rows],
        "Every figure of every epoch",
    )
    body = (
        f"<p>{escape(_note(schedule))}</p><div class='charts'>{''.join(charts)}</div>"
        f"{details('The numbers, epoch by epoch', numbers)}"
    )
    return section("curves", "Curves", body)


def knobs_section(trained: Trained) -> str:
    """Returns the learning rate, the image size and everything else that the schedule turns."""
    if not trained.rows:
        return ""
    schedule = trained.recipe.schedule
    names = [name for name in ("learning_rate", "image_size", *schedule.turned) if name in trained.rows[0]]
    charts = [
        line_chart(
            name.replace("_", " "),
            [_line(trained.rows, name, name.replace("_", " "))],
            _bands(schedule),
            schedule.epochs,
            written=WRITTEN.get(name, "{:.3g}").format,
            is_stepped=name != "learning_rate",
            size=SMALL,
        )
        for name in names
    ]
    units = "; ".join(f"{name.replace('_', ' ')}: {SETTINGS[name][0]}" for name in names if name in SETTINGS)
    said = "The learning rate is that after an epoch's last step."
    text = f"{said} {units[0].upper()}{units[1:]}." if units else said
    return section(
        "knobs",
        "Learning rate and knobs",
        f"<p>{escape(text)}</p><div class='charts small'>{''.join(charts)}</div>",
    )


def _note(schedule: Schedule) -> str:
    if len(schedule.phases) == 1:
        return "One size throughout. Training figures are of augmented images, validation's are not."
    return (
        "Bands are phases, named by the size of their training images; validation is at its own size throughout, "
        "so it may jump where they begin. Training figures are of augmented images."
    )


def _bands(schedule: Schedule) -> list[Band]:
    return [Band(phase.first_epoch + 1, phase.last_epoch + 1, f"{phase.image_size} px") for phase in schedule.phases]


def _line(rows: Sequence[Row], name: str, told: str) -> Line:
    there = [row for row in rows if name in row]
    return Line(told, [row["epoch"] for row in there], [row[name] for row in there])

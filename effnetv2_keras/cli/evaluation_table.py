"""The figures of an evaluation, as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from effnetv2_keras.inference.evaluate import Evaluation
    from effnetv2_keras.report.measured import Measured


def figures_of(measured: Measured) -> dict[str, Any]:
    """Returns what a script wants to know, in the order of the table; `tta` where several views were asked for."""
    figures = {**_subject(measured), **_shares(measured.evaluation)}
    if measured.augmented is not None:
        figures["tta"] = {"views": measured.views, **_shares(measured.augmented)}
    return {**figures, "recall": measured.evaluation.recall, "precision": measured.evaluation.precision}


def show_figures(console: Console, measured: Measured) -> None:
    """Prints the table, with a column for the mean over several views where that was asked for."""
    from rich.table import Table
    from rich.text import Text

    from effnetv2_keras.cli.output import say

    seen, augmented = measured.evaluation, measured.augmented
    table = Table(title=Text(f"{measured.model} on {measured.data}"), show_header=augmented is not None)
    for column in ("", "plain", Text(f"--tta {measured.views}"))[: 2 if augmented is None else 3]:
        table.add_column(column)
    for name, value in _subject(measured).items():
        table.add_row(name.replace("_", " "), Text(str(value)))
    others = {} if augmented is None else _shares(augmented)
    for name, share in _shares(seen).items():
        if name == "top5_accuracy" and len(seen.recall) <= 5:  # all there are
            continue
        beside = [str(others[name])] if others else []
        table.add_row(name.replace("_", " "), str(share), *beside)
    console.print(table)
    weakest = sorted(seen.recall.items(), key=lambda item: item[1])[:5]
    say(console, "weakest classes: " + ", ".join(f"{name} {share:.1%}" for name, share in weakest))


def _subject(measured: Measured) -> dict[str, Any]:
    return {
        "model": measured.model,
        "kind": measured.kind,
        "image_size": measured.image_size,
        "num_images": measured.evaluation.num_images,
    }


def _shares(seen: Evaluation) -> dict[str, float]:
    return {
        "accuracy": round(seen.accuracy, 6),
        "top5_accuracy": round(seen.top5_accuracy, 6),
        "ms_per_image": round(seen.ms_per_image, 3),
    }

"""The verb `effnetv2 data check`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.ignored import told_of_ignored
from effnetv2_keras.errors import DataError

if TYPE_CHECKING:
    from rich.console import Console

    from effnetv2_keras.data.check.pairs import Pair
    from effnetv2_keras.data.check.run import Checked

REPORT = "report.html"
MOST_PAIRS = 5  # of a kind, on the terminal
DEFAULT = TrainSettings(data="")


def check(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A folder of images a class, or any other source.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the report goes; data_check/ and the name of SRC if left out."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also name files that libjpeg decodes with complaints.")
    ] = False,
    near: Annotated[bool, typer.Option("--near", help="Also find pictures that look alike.")] = False,
    max_bad_fraction: Annotated[
        float, typer.Option(help="As for train: share of unreadable images that stops it.")
    ] = DEFAULT.max_bad_fraction,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, nothing else.")] = False,
) -> None:
    """Decode every image of a data set and report what is suspicious.

    Ends with 0 where training would run, with 3 where it would stop. Nothing in the data is changed.
    """
    load_tensorflow()
    from effnetv2_keras.cli.output import wide_console
    from effnetv2_keras.cli.progress import progress
    from effnetv2_keras.data.check.files import refuse_foreign_manifest, write_bad_files, write_manifest
    from effnetv2_keras.data.check.run import check_source
    from effnetv2_keras.files.atomic import write_text
    from effnetv2_keras.report.data_check import data_check_page

    folder = out or Path("data_check") / _name_of(source)
    refuse_foreign_manifest(folder)
    try:
        with progress("looking at images") as advance, without_native_notes():
            checked = check_source(source, strict=strict, near=near, max_bad_fraction=max_bad_fraction, advance=advance)
        page = data_check_page(checked)
    except KeyboardInterrupt:
        typer.echo("Stopped. Nothing was written.", err=True)
        raise typer.Exit(130) from None
    write_text(folder / REPORT, page)
    written = [write_manifest(checked, folder), write_bad_files(checked, folder), folder / REPORT]
    if as_json:
        print(json.dumps(_summary(checked, written)))
    else:
        _show(checked, wide_console(), written)
    if checked.verdict is not None:
        raise typer.Exit(DataError.exit_code)


def _name_of(source: str) -> str:
    """Returns a folder name for a source: the last part of a path, or the name of a data set."""
    name = source if re.match(r"(tfds|hf):", source) else Path(source).expanduser().resolve().name
    return re.sub(r"[^\w.-]+", "_", name).strip(".") or "data"


def _summary(checked: Checked, written: list[Path]) -> dict[str, Any]:
    return {
        "source": checked.listing.place,
        "num_images": len(checked.rows),
        "num_bad": len(checked.bad),
        "num_classes": len(checked.listing.class_names),
        "would_train": checked.verdict is None,
        "verdict": checked.verdict,
        "findings": {finding.name: [row.location for row in rows] for finding, rows in checked.found().items()},
        "bad_files": {row.location: row.look.status for row in checked.bad},
        "complaints": {row.location: row.look.complaint for row in checked.rows if row.look.complaint},
        "classes": {
            part: dict(zip(checked.listing.class_names, numbers, strict=True))
            for part, numbers in checked.counts.items()
        },
        "notes": list(checked.notes),
        "duplicates": [_pair(pair) for pair in checked.duplicates],
        "near_duplicates": None if checked.near is None else [_pair(pair) for pair in checked.near],
        "ignored": dict(checked.listing.ignored),
        "files": [str(path) for path in written],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "first": pair.first.location,
        "second": pair.second.location,
        "splits": [pair.first.part, pair.second.part],
        "crosses_splits": pair.crosses_splits,
        "two_labels": pair.disagrees,
        "bits": pair.bits,
    }


def _show(checked: Checked, console: Console, written: list[Path]) -> None:
    from rich.table import Table
    from rich.text import Text

    from effnetv2_keras.cli.output import say
    from effnetv2_keras.data.check.classes import imbalance, main_part

    splits = ", ".join(f"{name} {len(part.locations)}" for name, part in checked.listing.parts.items())
    bad = len(checked.bad)
    say(console, f"{checked.listing.place}: {len(checked.rows)} images ({splits}), {bad} of them cannot be trained on")
    found = checked.found()
    if found:
        table = Table("finding", "images", "what becomes of them in training", "the first")
        table.columns[1].justify = "right"
        for finding, rows in found.items():
            first = rows[0].location.removeprefix(f"{checked.listing.place}/")
            table.add_row(finding.name, str(len(rows)), finding.training, Text(first, overflow="fold"))
        console.print(table)
    for row in checked.bad[:10]:
        say(console, f"  {row.location}: {row.look.status}")
    if bad > 10:
        say(console, f"  and {bad - 10} more")
    counts = checked.counts[main_part(checked.counts)]
    ratio = imbalance(counts)
    if ratio is not None:
        say(console, f"{len(counts)} classes, the largest {ratio:.1f} times the smallest")
    for note in checked.notes:
        say(console, f"  {note}")
    _show_pairs(console, "duplicates, the same bytes", "=", checked.duplicates)
    if checked.near is not None:
        _show_pairs(console, "near duplicates", "~", checked.near)
    if checked.listing.ignored:
        say(console, told_of_ignored(checked.listing.ignored))
    say(console, "training would run" if checked.verdict is None else f"training would stop: {checked.verdict}")
    for path in written:
        say(console, f"wrote {path}")


def _show_pairs(console: Console, title: str, sign: str, pairs: tuple[Pair, ...]) -> None:
    from effnetv2_keras.cli.output import say

    across = sum(pair.crosses_splits for pair in pairs)
    falsified = f", {across} across splits: they falsify the accuracy" if across else ""
    say(console, f"{title}: {len(pairs)}{falsified}")
    for pair in pairs[:MOST_PAIRS]:
        marks = [f"{pair.first.part} and {pair.second.part}"] if pair.crosses_splits else []
        marks += ["two labels"] if pair.disagrees else []
        told = f" ({', '.join(marks)})" if marks else ""
        say(console, f"  {pair.first.location} {sign} {pair.second.location}{told}")
    if len(pairs) > MOST_PAIRS:
        say(console, f"  and {len(pairs) - MOST_PAIRS} more pairs")

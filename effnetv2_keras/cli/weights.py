"""`effnetv2 weights`: released weights, and files of weights from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from effnetv2_keras.cli.output import say, wide_console
from effnetv2_keras.cli.quiet import load_tensorflow
from effnetv2_keras.configs.registry import list_configs
from effnetv2_keras.configs.weight_sets import TAGS, WEIGHT_SETS
from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.keras_cache import cache_folder

if TYPE_CHECKING:
    from effnetv2_keras.models.weights.checkpoint import Checkpoint

app = typer.Typer(help="Released weights, and weights from elsewhere.", no_args_is_help=True, rich_markup_mode="rich")
SOURCE = "MODEL:TAG as in `weights list`, hf://ORG/NAME, or a path."


@app.command("list")
def list_weights(
    name_filter: Annotated[str, typer.Option("--filter", help="Keep names that contain this text, such as 21k.")] = "",
) -> None:
    """Lists the released weights with what they were trained with, and whether they are here already."""
    rows = [row for row in WEIGHT_SETS if name_filter.lower() in str(row)]
    if not rows:
        raise UsageError(f"`--filter` must match a network or a tag, of {', '.join(TAGS)}. Got: {name_filter!r}.")
    table = Table(title="Released weights", caption="--weights TAG takes them", caption_justify="left")
    table.add_column("weights", no_wrap=True)
    for column in ("classes", "pixels", "photos", "eval px", "here"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        here = "yes" if (cache_folder() / row.file_name).is_file() else ""
        table.add_row(str(row), f"{row.num_classes:,}", row.pixels, row.preprocessing, str(row.eval_size), here)
    wide_console().print(table)


@app.command("convert")
def convert_weights(
    source: Annotated[str, typer.Argument(metavar="SRC", help=SOURCE)],
    target: Annotated[Path, typer.Argument(metavar="DST", help="A new .weights.h5 file.")],
    model: Annotated[str | None, typer.Option(help="A name or a YAML file. Default: the network they fit.")] = None,
    sha256: Annotated[str | None, typer.Option(help="That the file or the download must have.")] = None,
) -> None:
    """Writes weights of any format as a .weights.h5 file, which says itself what its weights need."""
    load_tensorflow()
    from effnetv2_keras.configs.registry import resolve_config
    from effnetv2_keras.models.weights.convert import convert
    from effnetv2_keras.models.weights.source import open_source

    found = open_source(source, sha256)
    fits = fitting_model(found.checkpoint) if model is None and found.model is None else model or found.model
    done = convert(found.path, target, resolve_config(str(fits)), found.weight_set)
    say(
        wide_console(), f"wrote {target}: {done.config.name}, {_classes(done.num_classes)}, pixels {done.config.pixels}"
    )


@app.command("inspect")
def inspect_weights(source: Annotated[str, typer.Argument(metavar="FILE", help=SOURCE)]) -> None:
    """Says what a file of weights is: its format, its classes, what it asks for, and which network it fits."""
    load_tensorflow()
    from effnetv2_keras.models.weights.fitting import summarise
    from effnetv2_keras.models.weights.source import open_source

    table = Table("", "", title=source, show_header=False, title_justify="left")
    for name, value in summarise(open_source(source).checkpoint).items():
        table.add_row(name, value)
    wide_console().print(table)


def fitting_model(checkpoint: Checkpoint) -> str:
    """Returns the one network that a checkpoint fits.

    Raises:
        UsageError: if it fits none, or several.
    """
    from effnetv2_keras.models.weights.fitting import fitting

    fits = fitting(checkpoint)
    if len(fits) != 1:
        raise UsageError(
            f"`--model` must say whose weights {checkpoint.path} are, of {', '.join(list_configs())}. "
            f"Got: none, and they fit {', '.join(fits) or 'none of these'}."
        )
    return fits[0]


def _classes(number: int) -> str:
    return f"{number:,} classes" if number else "no classifier"

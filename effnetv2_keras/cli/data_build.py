"""The verb `effnetv2 data build`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow
from effnetv2_keras.errors import UsageError


def build(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A folder of images a class, or any other source.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder of shards.")],
    pyramid: Annotated[str | None, typer.Option(metavar="PX,PX", help="Keep smaller copies too, like 160,256.")] = None,
    shards: Annotated[int | None, typer.Option(help="Of the training split; default: 2,000 images each.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; default: one a core.")] = None,
    validation: Annotated[float, typer.Option(help="Share set aside where the data have no split.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Of that split.")] = 0,
    max_bad_fraction: Annotated[float, typer.Option(help="Share of unreadable images that is too much.")] = 0.01,
) -> None:
    """Write a data set as shards, which are read faster and checked when they are opened.

    The same command again goes on with a build that was broken off.
    """
    sides = _sides(pyramid)
    load_tensorflow()
    from effnetv2_keras.cli.output import say, wide_console
    from effnetv2_keras.cli.progress import progress
    from effnetv2_keras.data.open_source import open_source
    from effnetv2_keras.data.shards.build import build_shards
    from effnetv2_keras.files.table import write_table

    console = wide_console()
    with progress("reading headers") as advance:
        opened = open_source(
            source,
            validation=validation,
            seed=seed,
            max_bad_fraction=max_bad_fraction,
            with_test=True,
            advance=advance,
        )
    say(console, str(opened))
    with progress("writing shards") as advance:
        built = build_shards(
            opened,
            out,
            pyramid=sides,
            num_shards=shards,
            workers=workers or os.cpu_count() or 1,
            max_bad_fraction=max_bad_fraction,
            advance=advance,
        )
    if built.bad_files:
        write_table(out / "bad_files.csv", ("location", "reason"), ((b.location, b.reason) for b in built.bad_files))
        say(console, f"left out {len(built.bad_files)} images that cannot be read, named in {out / 'bad_files.csv'}")
    reused = f", {built.num_reused} of them there already" if built.num_reused else ""
    say(console, f"wrote {built.num_images} images in {built.num_shards} shards{reused}")
    say(console, f"next: effnetv2 train {out} --out runs/NAME")


def _sides(text: str | None) -> tuple[int, ...]:
    try:
        return tuple(int(side) for side in text.split(",")) if text else ()
    except ValueError:
        raise UsageError(f"`--pyramid` must be whole numbers of px, like 160,256. Got: {text!r}.") from None

"""The verb `effnetv2 predict-many`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.errors import UsageError


def predict_many(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A run, a SavedModel folder or a .tflite file.")],
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A folder of images, or a .txt or .csv of paths.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder of answers.")],
    format: Annotated[str, typer.Option(metavar="NAME", help="parquet or csv.")] = "parquet",
    shard_size: Annotated[int, typer.Option(help="Images a file.")] = 10_000,
    top: Annotated[int, typer.Option(help="Classes an image.")] = 5,
    batch_size: Annotated[int, typer.Option(help="Images that the network sees at once.")] = 32,
    workers: Annotated[int | None, typer.Option(help="Processes; default: one a core.")] = None,
) -> None:
    """Say what is on millions of pictures, as Parquet or CSV files.

    The same command again goes on where one was broken off.
    """
    options = {"--shard-size": shard_size, "--top": top, "--batch-size": batch_size, "--workers": workers}
    for name, value in options.items():
        if value is not None and value < 1:
            raise UsageError(f"`{name}` must be at least 1. Got: {value}.")
    from effnetv2_keras.cli.output import none_readable, say, wide_console
    from effnetv2_keras.cli.progress import progress
    from effnetv2_keras.inference import predict_many as many

    cores = os.cpu_count() or 1
    processes = workers or cores
    if processes == 1:
        load_tensorflow()
    with progress("predicting") as advance, without_native_notes():
        predicted = many.predict_many(
            model,
            source,
            out,
            format=format,
            shard_size=shard_size,
            top=top,
            batch_size=batch_size,
            workers=processes,
            threads=max(cores // processes, 1),
            advance=advance,
        )
    if predicted.num_unread == predicted.num_images:
        raise none_readable(predicted.num_images, f", named in {predicted.bad_files}")
    reused = f", {predicted.num_reused} of them there already" if predicted.num_reused else ""
    files = "1 file" if predicted.num_shards == 1 else f"{predicted.num_shards} files"
    say(wide_console(), f"wrote {predicted.num_images} rows in {files}{reused}")
    if predicted.num_unread:
        print(
            f"{predicted.num_unread} of {predicted.num_images} images could not be read, "
            f"named in {predicted.bad_files}",
            file=sys.stderr,
        )

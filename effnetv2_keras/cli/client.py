"""The verb `effnetv2 client`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from effnetv2_keras.cli.predict import print_answers
from effnetv2_keras.cli.quiet import load_tensorflow
from effnetv2_keras.cli.serve import require_serving
from effnetv2_keras.errors import UsageError


def client(
    url: Annotated[str, typer.Argument(metavar="URL", help="http://HOST:8501, https://... or grpc://HOST:8500.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE|DIR...", help="Files and folders of them.")],
    model: Annotated[str, typer.Option(help="Its name on the server.")] = "default",
    version: Annotated[int | None, typer.Option(help="Default: the latest.")] = None,
    label: Annotated[str | None, typer.Option(help="Another name of a version.")] = None,
    top: Annotated[int, typer.Option(help="Classes an image.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, nothing else.")] = False,
    batch_size: Annotated[int, typer.Option(help="Images a request.")] = 8,
    timeout: Annotated[float, typer.Option(help="Seconds for a request, with all its tries.")] = 30.0,
    retries: Annotated[int, typer.Option(help="Tries after the first where the server is busy or away.")] = 4,
) -> None:
    """Ask a server what is on pictures: one of `effnetv2 serve`, or TF Serving."""
    from effnetv2_keras.inference.answer import answers, image_paths, photos_of_files
    from effnetv2_keras.serving.client import Client, Served
    from effnetv2_keras.serving.retrying import Patience

    for name, value in (("--top", top), ("--batch-size", batch_size)):
        if value < 1:
            raise UsageError(f"`{name}` must be at least 1. Got: {value}.")
    paths = image_paths(images)
    if url.startswith("grpc:"):
        require_serving()
        load_tensorflow()
    patience = Patience(timeout_seconds=timeout, retries=retries)
    with Client(url, Served(model, version, label), patience) as server:
        print_answers(answers(server, photos_of_files(paths), top, batch_size), len(paths), as_json=as_json)

"""The verbs `effnetv2 data ...`: what is done with pictures before anything is trained."""

from __future__ import annotations

import typer

from effnetv2_keras.cli import data_build

app = typer.Typer(name="data", help="Look after a data set before training on it.", no_args_is_help=True)
app.command("build")(data_build.data_build)


@app.callback()
def data() -> None:
    """Look after a data set before training on it."""

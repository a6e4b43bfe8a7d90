"""The verbs `effnetv2 data ...`: what is done with pictures before anything is trained."""

from __future__ import annotations

import typer

from effnetv2_keras.cli import data_build, data_check

app = typer.Typer(name="data", help="Look after pictures before training on them.", no_args_is_help=True)
app.command("check")(data_check.check)
app.command("build")(data_build.build)


@app.callback()
def data() -> None:
    """Look after pictures before training on them."""

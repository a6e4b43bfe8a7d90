"""The verbs below `effnetv2 data`."""

from __future__ import annotations

import typer

from effnetv2_keras.cli import data_check

app = typer.Typer(no_args_is_help=True, help="Look at data before training on them.")
app.command("check")(data_check.check)


@app.callback()
def data() -> None:
    """Look at data before training on them."""

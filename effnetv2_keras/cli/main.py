"""The command `effnetv2`. Verbs import what they need when they run, so that help comes at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from effnetv2_keras.cli import (
    augment_gallery,
    client,
    data,
    doctor,
    evaluate,
    explain,
    export,
    inspect,
    lite,
    models,
    predict,
    predict_many,
    profile,
    recipes,
    search,
    serve,
    train,
    weights,
)
from effnetv2_keras.errors import DataError, LostWorker, TrainingError, UsageError
from effnetv2_keras.version import __version__

DEBUG = "--debug"

app = typer.Typer(
    name="effnetv2",
    help="Train an EfficientNet on your own pictures, measure it, and ship it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("predict-many")(predict_many.predict_many)
app.command("explain")(explain.explain)
app.command("export")(export.export)
app.command("search")(search.search)
app.command("lite")(lite.lite)
app.command("inspect")(inspect.inspect)
app.command("serve", cls=serve.TFServingFlags)(serve.serve)
app.command("client")(client.client)
app.command("augment-gallery")(augment_gallery.augment_gallery)
app.command("models")(models.models)
app.command("recipes")(recipes.recipes)
app.add_typer(recipes.recipe_app, name="recipe")
app.command("profile")(profile.profile)
app.command("doctor")(doctor.doctor)
app.add_typer(data.app, name="data")
app.add_typer(weights.app, name="weights")


@app.callback(invoke_without_command=True)
def options(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
    debug: bool = typer.Option(False, DEBUG, help="Show tracebacks; may stand anywhere on the line."),
) -> None:
    """Train an EfficientNet on your own pictures, measure it, and ship it."""
    if version:
        print(f"effnetv2_keras {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command line; a mistake a user can mend ends in one sentence and exit code 2 (usage) or 3 (data).

    So does a training whose numbers are not finite any more, with exit code 4, and work that another machine or process
    has left, with 5.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow's start-up notes
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_debug = DEBUG in words
    try:
        app([word for word in words if word != DEBUG], prog_name=app.info.name)
    except (UsageError, DataError, TrainingError, LostWorker) as error:
        if is_debug:
            raise
        print(f"effnetv2: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except OSError as error:  # a full disk, a folder that is not one's own
        if is_debug or error.strerror is None:
            raise
        where = f": {error.filename}" if error.filename else ""
        print(f"effnetv2: {error.strerror}{where}.", file=sys.stderr)
        sys.exit(DataError.exit_code)


if __name__ == "__main__":
    main()

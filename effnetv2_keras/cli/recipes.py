"""`effnetv2 recipes` and `effnetv2 recipe show`: how networks are trained."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from effnetv2_keras.cli.output import say, wide_console
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipe_files import dump_recipe, override, resolve_recipe
from effnetv2_keras.configs.recipes import FAMILIES, get_recipe, list_recipes
from effnetv2_keras.errors import UsageError

recipe_app = typer.Typer(help="Look at one recipe.", no_args_is_help=True, rich_markup_mode="rich")


def recipes(
    name_filter: Annotated[str, typer.Option("--filter", help="Keep names that contain this text, such as v2-s.")] = "",
) -> None:
    """Lists every recipe: its length, batch, learning rate and sizes.

    A name may end in another network where the family has it, as in transfer:cifar10:efficientnetv2-m, and
    imagenet21k has a shorter form: imagenet21k:30:efficientnetv2-s.
    """
    names = [name for name in list_recipes() if name_filter.lower() in name]
    if not names:
        raise UsageError(f"`--filter` must match a name, of {', '.join(list_recipes())}. Got: {name_filter!r}.")
    families = list(dict.fromkeys(name.split(":")[0] for name in names))
    about = "; ".join(f"{family}: {FAMILIES[family].about}" for family in families)
    table = Table(title="Recipes", caption=about, caption_justify="left")
    table.add_column("recipe", no_wrap=True)
    for column in ("length", "batch", "peak rate", "course", "train px", "eval px"):
        table.add_column(column, justify="right", no_wrap=True)
    for family in families:
        for name in names:
            if name.split(":")[0] == family:
                table.add_row(name, *_figures(get_recipe(name)))
        table.add_section()
    wide_console().print(table)


@recipe_app.callback()
def one_recipe() -> None:
    """Look at one recipe."""


@recipe_app.command("show")
def show(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A name of `effnetv2 recipes`, or a YAML file.")],
    model: Annotated[str | None, typer.Option(help="In place of its network.")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Like schedule.image_size=128:224; again for more."),
    ] = None,
) -> None:
    """Prints a recipe as YAML, which `effnetv2 train --recipe FILE.yaml` takes, and its schedule as a table."""
    found = override(resolve_recipe(recipe, model), overrides or ())
    say(wide_console(), dump_recipe(found).rstrip())


def _figures(recipe: Recipe) -> tuple[str, ...]:
    length = f"{recipe.schedule.epochs} epochs" if recipe.steps is None else f"{recipe.steps:,} steps"
    sizes = " ".join(dict.fromkeys(str(phase.image_size) for phase in recipe.schedule.phases))
    rate = recipe.learning_rate
    return (
        length,
        str(recipe.batch_size),
        f"{recipe.peak_learning_rate:g}",
        rate.course,
        sizes,
        str(recipe.eval_size),
    )

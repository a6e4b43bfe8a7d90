"""`effnetv2 profile`: what a network costs, stage by stage."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from effnetv2_keras.cli.output import wide_console
from effnetv2_keras.configs.profile import profile as compute_profile
from effnetv2_keras.configs.table import COST_HEADER, cost_rows


def profile(
    model: Annotated[str, typer.Argument(help="A name that `effnetv2 models` lists, or a YAML file.")],
    image_size: Annotated[
        int | None, typer.Option(help="Side of the images, px.", show_default="evaluation size")
    ] = None,
    num_classes: Annotated[int, typer.Option(help="Outputs of the classifier; 0 for none.")] = 1000,
) -> None:
    """Prints parameters, multiply-adds, activations and output shape of every stage, without building the network."""
    found = compute_profile(model, image_size, num_classes)
    height, width = found.image_size
    table = Table("stage", "operator", title=f"{found.config.name}, {height} x {width} px, {num_classes} classes")
    for column in COST_HEADER:
        table.add_column(column, justify="right")
    *stages, total = cost_rows(found)
    for row in stages:
        table.add_row(*row)
    table.add_section()
    table.add_row(*total)
    wide_console().print(table)

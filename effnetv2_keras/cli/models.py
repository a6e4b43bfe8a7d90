"""`effnetv2 models`: what networks there are."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from effnetv2_keras.cli.output import wide_console
from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.registry import get_config, list_configs
from effnetv2_keras.errors import UsageError


def models(
    name_filter: Annotated[str, typer.Option("--filter", help="Keep names that contain this text, such as v2.")] = "",
) -> None:
    """Lists every network: parameters, multiply-adds at the evaluation size, image sizes."""
    names = [name for name in list_configs() if name_filter.lower() in name]
    if not names:
        raise UsageError(f"`--filter` must match a name, of {', '.join(list_configs())}. Got: {name_filter!r}.")
    table = Table("model", title="Networks")
    for column in ("parameters", "GMACs", "train px", "eval px", "blocks"):
        table.add_column(column, justify="right")
    for name in names:
        config = get_config(name)
        cost = profile(config).total
        sizes = (str(config.train_size), str(config.eval_size))
        table.add_row(name, f"{cost.parameters:,}", f"{cost.macs / 1e9:.3f}", *sizes, str(config.num_blocks))
    wide_console().print(table)

"""The tables of the model zoo, counted from the configs while the site is built: no figure on the page is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.recipes import get_recipe, list_recipes
from effnetv2_keras.configs.registry import get_config, list_configs
from effnetv2_keras.configs.weight_sets import WEIGHT_SETS


def networks() -> str:
    """Returns every network with what it costs."""
    rows = []
    for name in list_configs():
        config = get_config(name)
        cost = profile(config).total
        sizes = (str(config.train_size), str(config.eval_size))
        rows.append((f"`{name}`", f"{cost.parameters:,}", f"{cost.macs / 1e9:.3f}", *sizes, str(config.num_blocks)))
    return _table(("name", "parameters:", "GMACs:", "train px:", "eval px:", "blocks:"), rows)


def weights() -> str:
    """Returns every released set of weights."""
    rows = (
        (f"`{one.model}`", f"`{one.tag}`", f"{one.num_classes:,}", str(one.eval_size), one.pixels, one.preprocessing)
        for one in WEIGHT_SETS
    )
    return _table(("network", "`weights=`", "classes:", "eval px:", "pixels", "crop"), rows)


def recipes() -> str:
    """Returns every recipe."""
    rows = []
    for name in list_recipes():
        recipe = get_recipe(name)
        rows.append((f"`{name}`", str(recipe.schedule.epochs), str(recipe.batch_size), str(recipe.eval_size)))
    return _table(("recipe", "epochs:", "batch:", "eval px:"), rows)


TABLES: dict[str, Callable[[], str]] = {"networks": networks, "weights": weights, "recipes": recipes}


def on_page_markdown(markdown: str, page: Any, **_others: Any) -> str:
    """Puts each table where the page of the zoo has a line `<!-- table: NAME -->`."""
    if Path(page.file.src_uri).name == "zoo.md":
        for name, table in TABLES.items():
            markdown = markdown.replace(f"<!-- table: {name} -->", table())
    return markdown


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Returns a table in Markdown; a title that ends in a colon stands over numbers."""
    titles = list(titles)
    lines = [[title.rstrip(":") for title in titles], ["---:" if title.endswith(":") else "---" for title in titles]]
    return "\n".join("| " + " | ".join(line) + " |" for line in [*lines, *rows])

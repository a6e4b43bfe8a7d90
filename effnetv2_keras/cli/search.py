"""The verb `effnetv2 search`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from effnetv2_keras.cli.quiet import load_tensorflow

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from effnetv2_keras.nas.found import Found
    from effnetv2_keras.nas.outcome import Row

PRESET = "Default: the preset's."
LIMITS = "Limits"
SHOWN = 5  # best trials in the table


def search(
    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of images a class, or any other source.")],
    out: Annotated[Path, typer.Option(help="The search's folder; the same command again goes on there.")],
    preset: Annotated[str, typer.Option(help="tiny (minutes), laptop (a night) or paper.")] = "laptop",
    space: Annotated[
        str | None, typer.Option(help=f"A name like efficientnetv2 or small, or a YAML file. {PRESET}")
    ] = None,
    sampler: Annotated[str | None, typer.Option(help="random, evolution, reinforce, tpe or nsga2.")] = None,
    trials: Annotated[int | None, typer.Option(help=f"Networks that are tried. {PRESET}")] = None,
    reward: Annotated[
        str | None, typer.Option(help="v2: accuracy, time, parameters; v1: accuracy, multiply-adds.")
    ] = None,
    timed: Annotated[
        str | None,
        typer.Option(help=f"Whose time counts: step (of training), or an answer of saved_model or tflite. {PRESET}"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help=f"Of a trial at most. {PRESET}")] = None,
    image_size: Annotated[int | None, typer.Option(help=f"Px, of the trials. {PRESET}")] = None,
    final_size: Annotated[int | None, typer.Option(help=f"Px, of the best at the end. {PRESET}")] = None,
    batch_size: Annotated[int | None, typer.Option(help=PRESET)] = None,
    max_per_class: Annotated[int | None, typer.Option(help="Most training images of a class.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything drawn.")] = None,
    max_parameters: Annotated[int | None, typer.Option(help="That a network may have.", rich_help_panel=LIMITS)] = None,
    max_macs: Annotated[
        int | None, typer.Option(help="Multiply-adds at the final size.", rich_help_panel=LIMITS)
    ] = None,
    max_step_time: Annotated[
        float | None, typer.Option(help="Time over the backbone's.", rich_help_panel=LIMITS)
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes on this computer.")] = 1,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A database that workers on other computers reach too. Default: a file."),
    ] = None,
    lease: Annotated[float, typer.Option(help="Seconds after which a silent worker's trial is tried again.")] = 60.0,
) -> None:
    """Search a network for your own pictures and computer; writes winner.yaml, which trains like any other model."""
    from effnetv2_keras.nas.settings import from_preset

    settings = from_preset(
        preset,
        data=data,
        space=space,
        sampler=sampler,
        trials=trials,
        reward=reward,
        timed=timed,
        epochs=epochs,
        image_size=image_size,
        final_size=final_size,
        batch_size=batch_size,
        max_per_class=max_per_class,
        seed=seed,
        max_parameters=max_parameters,
        max_macs=max_macs,
        max_step_time=max_step_time,
    )
    load_tensorflow()
    from effnetv2_keras.cli.output import say, wide_console
    from effnetv2_keras.nas.search import search as run_search
    from effnetv2_keras.nas.study import Lease

    console = wide_console()
    with _live(console, settings.trials) as show:
        found = run_search(
            settings,
            out,
            workers=workers,
            storage=storage,
            lease=Lease(lease),
            say=lambda text: say(console, text),
            show=show,
        )
    _print_found(console, found)
    for name in ("winner.yaml", "README.md", "pareto.png", "trials.csv"):
        say(console, f"wrote {out / name}")


@contextmanager
def _live(console: Console, trials: int) -> Iterator[Any]:
    """Shows the best trials so far, where somebody watches."""
    from rich.live import Live

    if not console.is_terminal:
        yield lambda rows: None
        return
    start = time.monotonic()
    with Live(console=console, transient=True, refresh_per_second=2) as live:
        yield lambda rows: live.update(_progress_table(rows, trials, time.monotonic() - start))


def _progress_table(rows: Sequence[Row], trials: int, seconds: float) -> Table:
    from rich.table import Table

    from effnetv2_keras.nas.outcome import trained

    done = [row for row in rows if row.state in ("trained", "given up")]
    given_up = sum(row.state == "given up" for row in done)
    left = seconds / len(done) * max(0, trials - len(done)) if done else None
    title = f"{len(done)} of {trials} trials, {given_up} given up early"
    table = Table(title=f"{title}, about {left / 60:.0f} min left" if left is not None else title)
    for name in ("trial", "sampler", "network", "accuracy", "time", "parameters", "reward"):
        table.add_column(name, justify="left" if name in ("sampler", "network") else "right")
    for row in trained(rows)[:SHOWN]:
        table.add_row(*_cells(row))
    return table


def _cells(row: Row) -> tuple[str, ...]:
    facts = row.facts
    known = ("", "") if facts is None else (f"{facts.time:.2f}", f"{facts.parameters:,}")
    return (str(row.number), row.sampler, row.network, f"{row.accuracy or 0:.2%}", *known, f"{row.reward or 0:.4f}")


def _print_found(console: Console, found: Found) -> None:
    from rich.table import Table

    from effnetv2_keras.nas.card import FEWEST_RANKED, reward_cell, share_cell

    table = Table(title="trained again; time over the backbone's", title_style="bold")
    for name in ("network", "accuracy", "+-", "time", "parameters", "reward"):
        table.add_column(name, justify="left" if name == "network" else "right")
    for final in found.finals:
        name = final.network if final.row else f"{final.network} (backbone)"
        table.add_row(
            name,
            f"{final.accuracy:.2%}",
            share_cell(final.spread),
            f"{final.facts.time:.2f}",
            f"{final.facts.parameters:,}",
            f"{final.reward:.4f}",
        )
    console.print(table)
    samplers = Table(title="short training, by sampler", title_style="bold")
    for name in ("sampler", "proposed", "trained to the end", "best reward", "mean reward"):
        samplers.add_column(name, justify="left" if name == "sampler" else "right")
    for one in found.standings():
        rewards = (reward_cell(one.best), reward_cell(one.mean))
        samplers.add_row(one.sampler, str(one.proposed), str(one.trained), *rewards)
    console.print(samplers)
    if len(found.finals) > FEWEST_RANKED:  # the backbone among them
        console.print(f"short and long training order the best alike to {found.agreement:.2f} (Spearman)")

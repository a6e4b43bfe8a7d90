"""The verb `effnetv2 train`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow, without_native_notes
from effnetv2_keras.configs.cluster import find_cluster
from effnetv2_keras.configs.precision import PRECISIONS, set_kernels
from effnetv2_keras.configs.preprocessing import PREPROCESSING
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import DataError

if TYPE_CHECKING:
    from effnetv2_keras.training.devices import Team

DEFAULT = TrainSettings(data="")
OWN = "Default: the recipe's."
WHAT, DATA, SIZE, REGULARISE, LEARN = "What to train", "Data", "Image size", "Regularisation", "Learning"
SAFE, ON = "Breaking off and going on", "Devices"
COMPUTE = "Computing"
SOURCES = "A folder of images a class, a CSV or Parquet table, shards, tfds:NAME or hf:ORG/NAME."
RAMP = "A number, or FIRST:LAST to rise from phase to phase."


def train(
    data: Annotated[str, typer.Argument(metavar="DATA", help=SOURCES)],
    out: Annotated[Path, typer.Option(help="The run's directory.")],
    recipe: Annotated[
        str, typer.Option(help="A name of `effnetv2 recipes`, or a YAML file.", rich_help_panel=WHAT)
    ] = DEFAULT.recipe,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Like schedule.image_size=128:224; again for more.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help=f"A published name or a YAML file. {OWN}", rich_help_panel=WHAT)
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help=f"A tag of `effnetv2 weights list`, a path, hf://ORG/NAME or new. {OWN}", rich_help_panel=WHAT
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help=OWN, rich_help_panel=WHAT)] = None,
    batch_size: Annotated[int | None, typer.Option(help=OWN, rich_help_panel=WHAT)] = None,
    holdout: Annotated[
        float,
        typer.Option(
            help="Share of the training images kept back to choose the best epoch and stop early by; 0 for none.",
            rich_help_panel=WHAT,
        ),
    ] = DEFAULT.holdout,
    patience: Annotated[
        int, typer.Option(help="Epochs without a better one, with --holdout.", rich_help_panel=WHAT)
    ] = DEFAULT.patience,
    seed: Annotated[int, typer.Option(rich_help_panel=WHAT)] = DEFAULT.seed,
    validation: Annotated[
        float, typer.Option(help="Share set aside where the data have no split of their own.", rich_help_panel=DATA)
    ] = DEFAULT.validation,
    max_per_class: Annotated[
        int | None, typer.Option(help="Most training images of a class.", rich_help_panel=DATA)
    ] = None,
    balance: Annotated[
        float, typer.Option(help="0 shows classes as they are, 1 each as often.", rich_help_panel=DATA)
    ] = DEFAULT.balance,
    class_weights: Annotated[
        bool, typer.Option("--class-weights", help="Weigh the loss by class instead.", rich_help_panel=DATA)
    ] = DEFAULT.class_weights,
    cache: Annotated[
        str | None, typer.Option(metavar="ram|disk", help="Keep encoded images near.", rich_help_panel=DATA)
    ] = None,
    max_bad_fraction: Annotated[
        float, typer.Option(help="Share of unreadable images that stops a run.", rich_help_panel=DATA)
    ] = DEFAULT.max_bad_fraction,
    progressive: Annotated[
        str | None,
        typer.Option(metavar="FIRST:LAST/PHASES", help="Like 128:224/4: sizes rise.", rich_help_panel=SIZE),
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(
            help="Px, for validation and export. Default: the last size, or the model's.", rich_help_panel=SIZE
        ),
    ] = None,
    preprocessing: Annotated[
        str | None,
        typer.Option(metavar="|".join(PREPROCESSING), help=f"Crops as published. {OWN}", rich_help_panel=SIZE),
    ] = None,
    crop_area: Annotated[
        str | None,
        typer.Option(metavar="FIRST:LAST", help=f"Share of a photo that a crop covers. {OWN}", rich_help_panel=SIZE),
    ] = None,
    randaugment: Annotated[
        str | None, typer.Option(help=f"Magnitude, 0-30. {RAMP}", rich_help_panel=REGULARISE)
    ] = None,
    mixup: Annotated[str | None, typer.Option(help=f"Alpha. {RAMP}", rich_help_panel=REGULARISE)] = None,
    cutmix: Annotated[str | None, typer.Option(help=f"Alpha. {RAMP}", rich_help_panel=REGULARISE)] = None,
    dropout: Annotated[str | None, typer.Option(help=f"Rate. {RAMP}", rich_help_panel=REGULARISE)] = None,
    drop_path: Annotated[
        str | None, typer.Option(help=f"Stochastic depth's rate. {RAMP}", rich_help_panel=REGULARISE)
    ] = None,
    flip: Annotated[
        bool | None,
        typer.Option("--flip/--no-flip", help=f"Mirror half of the images. {OWN}", rich_help_panel=REGULARISE),
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help=f"Its peak. {OWN}", rich_help_panel=LEARN)] = None,
    weight_decay: Annotated[float | None, typer.Option(help=OWN, rich_help_panel=LEARN)] = None,
    label_smoothing: Annotated[float | None, typer.Option(help=OWN, rich_help_panel=LEARN)] = None,
    precision: Annotated[
        str | None,
        typer.Option(metavar="|".join(PRECISIONS), help="Default: float32, and why is said.", rich_help_panel=COMPUTE),
    ] = None,
    xla: Annotated[
        bool | None,
        typer.Option("--xla/--no-xla", help="Compile the whole step. Default: not on a CPU.", rich_help_panel=COMPUTE),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard/--no-tensorboard", help="Write the history for TensorBoard too.")
    ] = True,
    log_steps: Annotated[
        bool, typer.Option("--log-steps", help="Write the loss of every step to steps.csv.")
    ] = DEFAULT.log_steps,
    deterministic: Annotated[
        bool,
        typer.Option("--deterministic", help="The same bits every time, on the same machine.", rich_help_panel=SAFE),
    ] = DEFAULT.deterministic,
    checkpoint_every: Annotated[
        str,
        typer.Option(
            metavar="STEPS|TIME",
            help="Within an epoch: 500 steps, or a time like 30s, 10m, 1h.",
            rich_help_panel=SAFE,
        ),
    ] = DEFAULT.checkpoint_every,
    keep_checkpoints: Annotated[
        int, typer.Option(help="How many of the newest stay.", rich_help_panel=SAFE)
    ] = DEFAULT.keep_checkpoints,
    rollbacks: Annotated[
        int,
        typer.Option(
            help="How often a loss that is not finite may be met by going back and leaving out the batch.",
            rich_help_panel=SAFE,
        ),
    ] = DEFAULT.rollbacks,
    allow_config_drift: Annotated[
        bool,
        typer.Option(
            "--allow-config-drift",
            help="Go on with a run although settings, network or data have changed.",
            rich_help_panel=SAFE,
        ),
    ] = False,
    devices: Annotated[
        str | None,
        typer.Option(metavar="N|all", help="GPUs of this machine that share each batch.", rich_help_panel=ON),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT,...",
            help="Machines that share each batch, or slurm; the same command on each (experimental).",
            rich_help_panel=ON,
        ),
    ] = None,
    worker_index: Annotated[
        int | None, typer.Option(help="Which of --workers this is, from 0, the chief.", rich_help_panel=ON)
    ] = None,
    heartbeat: Annotated[
        int, typer.Option(help="Seconds without a sign after which a worker is lost.", rich_help_panel=ON)
    ] = 30,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there.")] = False,
) -> None:
    """Train a classifier on a folder of pictures.

    The same command again goes on with a run that was broken off, by Ctrl-C, by SIGTERM or by force.
    """
    settings = TrainSettings(
        data=data, recipe=recipe, overrides=tuple(overrides or ()), model=model, weights=weights, epochs=epochs,
        batch_size=batch_size, validation=validation, holdout=holdout, patience=patience, seed=seed,
        progressive=progressive, image_size=image_size, crop_area=crop_area, randaugment=randaugment, mixup=mixup,
        cutmix=cutmix, dropout=dropout, drop_path=drop_path, flip=flip, learning_rate=learning_rate,
        weight_decay=weight_decay, label_smoothing=label_smoothing, max_per_class=max_per_class, balance=balance,
        class_weights=class_weights, cache=cache, max_bad_fraction=max_bad_fraction, preprocessing=preprocessing,
        deterministic=deterministic, checkpoint_every=checkpoint_every, keep_checkpoints=keep_checkpoints,
        log_steps=log_steps, rollbacks=rollbacks,
        precision=precision, xla=xla,
    )  # fmt: skip
    if "tensorflow" not in sys.modules:  # too late then
        set_kernels(os.environ, settings.precision)
    with _team(devices, workers, worker_index, heartbeat) as team, team.run_directory(out, overwrite=overwrite) as own:
        _run(settings, own, team, overwrite=overwrite, allow_drift=allow_config_drift, tensorboard=tensorboard)


@contextmanager
def _team(devices: str | None, workers: str | None, index: int | None, heartbeat: int) -> Iterator[Team]:
    """Gives what to train on; nothing of TensorFlow may have begun to work before."""
    cluster = find_cluster(workers, index)
    with without_native_notes():
        from effnetv2_keras.training.devices import find_team

        team = find_team(devices, cluster, heartbeat)
    load_tensorflow()
    yield team


def _run(
    settings: TrainSettings, out: Path, team: Team, *, overwrite: bool, allow_drift: bool, tensorboard: bool
) -> None:
    import tensorflow as tf

    from effnetv2_keras.cli.output import say, wide_console
    from effnetv2_keras.cli.progress import progress
    from effnetv2_keras.data.plan import NONE_LEFT
    from effnetv2_keras.report.run_pictures import draw_run_pictures
    from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml
    from effnetv2_keras.training.interrupt import InterruptGuard
    from effnetv2_keras.training.run import Training, prepare, train

    console = wide_console()
    training: Training | None = None
    try:
        with InterruptGuard() as guard, team.at_work():
            with progress("reading headers") as advance:
                training = prepare(
                    settings,
                    out,
                    overwrite=overwrite,
                    allow_drift=allow_drift,
                    say=partial(say, console),
                    advance=advance,
                )
            team.check_same(training.run.fingerprint_file, "data and network")
            say(console, f"{training.schedule}\n")
            rows = train(training, console, tensorboard=tensorboard, guard=guard)
    except KeyboardInterrupt as stop:
        if RunDirectory(out).has_checkpoint:
            again = "the same command without --overwrite" if overwrite else "the same command"
            say(console, f"Stopped. What was trained is kept in {out}; {again} goes on from there.")
        else:
            say(console, "Stopped. Nothing was trained yet.")
        raise typer.Exit(getattr(stop, "exit_code", 130)) from None
    except tf.errors.OpError as error:
        if training is not None and training.bad_files.verdict is not None:
            raise DataError(training.bad_files.verdict) from error
        if NONE_LEFT not in str(error):
            raise
        raise DataError(f"Photos to train on must be readable. Got: {NONE_LEFT}; they are named above.") from error
    if not team.is_chief:
        return
    validation, done = training.source.validation, count(1)
    with progress("measuring the best weights") as advance:
        draw_run_pictures(
            training.run, rows, training.schedule, validation, lambda _: advance(next(done), len(validation))
        )
    best = max(rows, key=lambda row: row["val_accuracy"])
    chosen_by = "holdout" if settings.holdout else "validation"
    say(console, f"\nbest {chosen_by} accuracy {best['val_accuracy']:.4f} in epoch {best['epoch']:.0f}")
    if settings.holdout:
        say(console, f"validation accuracy {read_yaml(training.run.result_file)['val_accuracy']:.4f} with its weights")
    run = training.run
    for file in (run.best_weights, run.history_file, run.curves, run.examples, run.report):
        say(console, f"wrote {file}")

"""Trains a network on a folder of images and keeps everything in a run directory."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
import tensorflow as tf
from rich.console import Console

from effnetv2_keras.configs.files import dump
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.data.listing import Advance
from effnetv2_keras.data.manifest import BadFile, Source, Split
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.data.splitting import split_by_class
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.files.table import write_table
from effnetv2_keras.runs.environment import cpu_features, environment
from effnetv2_keras.runs.history import Row
from effnetv2_keras.runs.run_directory import RunDirectory, write_yaml
from effnetv2_keras.training.checkpoint import Position, load_checkpoint
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.compute import choose_compute, device_kind
from effnetv2_keras.training.early_stop import EarlyStop
from effnetv2_keras.training.from_recipe import check_runnable, compile_classifier, make_classifier
from effnetv2_keras.training.interrupt import InterruptGuard
from effnetv2_keras.training.load_run import load_run
from effnetv2_keras.training.multilabel import ShownAccuracy
from effnetv2_keras.training.progress_bar import ProgressBar
from effnetv2_keras.training.progressive import ProgressiveCallback
from effnetv2_keras.training.recorder import Recorder
from effnetv2_keras.training.start import find_start
from effnetv2_keras.training.tensorboard_logs import TensorBoardLogs
from effnetv2_keras.training.times_keeper import TimesKeeper


@dataclass(slots=True)
class Training:
    """A run made ready: everything that its loop needs.

    Attributes:
        watched: what each epoch is measured on and the best one chosen by: the holdout, else the validation split.
    """

    settings: TrainSettings
    recipe: Recipe
    run: RunDirectory
    source: Source
    watched: Split
    classifier: Classifier
    bad_files: BadFileLog
    position: Position = field(default_factory=lambda: Position(0))

    @property
    def schedule(self) -> Schedule:
        """What each epoch gets."""
        return self.recipe.schedule

    @property
    def image_size(self) -> int:
        """Side of the images that the epochs are measured at, px."""
        return self.recipe.eval_size

    @property
    def epoch_steps(self) -> list[int]:
        """Batches of each epoch."""
        count = len(self.source.train)
        return [self.recipe.steps_in(self.schedule.phase_at(epoch), count) for epoch in range(self.schedule.epochs)]


def prepare(
    settings: TrainSettings,
    out: Path,
    *,
    overwrite: bool = False,
    say: Callable[[str], None] = print,
    advance: Advance | None = None,
) -> Training:
    """Checks everything, opens the data and builds the classifier, or takes it up where a run was broken off.

    Raises:
        UsageError: if a setting breaks a rule or `out` holds something else.
        DataError: if the data cannot be used.
    """
    recipe = settings.resolved()
    check_runnable(recipe)
    compute = choose_compute(
        settings.precision, settings.xla, device=device_kind(), features=cpu_features(), environment=os.environ
    )
    run = RunDirectory(out)
    goes_on = run.goes_on(settings, overwrite=overwrite)
    start = find_start(recipe, run, say, goes_on=goes_on)
    source = open_source(
        settings.data,
        validation=settings.validation,
        seed=settings.seed,
        max_per_class=settings.max_per_class,
        max_bad_fraction=settings.max_bad_fraction,
        advance=advance,
    )
    source = replace(source, train=source.train.balanced(settings.balance))
    say(str(source))
    for reason in compute.reasons:
        say(reason)
    num_images = sum(map(len, source.splits)) + len(source.bad_files)
    source, watched = _hold_out(source, settings, say)
    if not goes_on:
        run.begin(settings)
    write_text(run.labels_file, "".join(f"{name}\n" for name in source.class_names))
    write_text(run.model_file, dump(start.config))
    start.keep(run)
    keras.utils.set_random_seed(settings.seed)
    with compute.policy():
        classifier = make_classifier(
            recipe,
            source.num_classes,
            settings.seed,
            is_multilabel=source.train.is_multilabel,
            config=start.config,
            pretrained=start.pretrained,
        )
        write_yaml(run.environment_file, environment())
    start.mark(classifier.network)
    _write_data(run, source, classifier)
    log = BadFileLog(
        told=lambda bad: say(f"skipped {bad.location}: {bad.reason}"),
        total=num_images,
        known=len(source.bad_files),
        max_fraction=settings.max_bad_fraction,
    )
    training = Training(settings, recipe, run, source, watched, classifier, log)
    compile_classifier(classifier, recipe, len(source.train), xla=compute.xla)
    if goes_on and run.checkpoint.is_file():
        training.position = load_checkpoint(run.checkpoint, classifier)
        epoch, step = training.position.epoch, training.position.step
        say(f"going on in epoch {epoch + 1}, after step {step} of {training.epoch_steps[epoch]}")
    return training


def train(training: Training, console: Console | None = None, *, tensorboard: bool = True) -> list[Row]:
    """Trains to the end and returns the history, a row an epoch.

    Args:
        training: from `prepare`.
        console: where progress goes; None for the standard output.
        tensorboard: write the history for TensorBoard too.

    Raises:
        KeyboardInterrupt: on Ctrl-C, after the state was written; the same run goes on from there.
    """
    recipe, classifier, knobs = training.recipe, training.classifier, training.classifier.knobs
    data = make_dataset(
        training.source.train,
        recipe.schedule.batch_sizes or recipe.batch_size,
        knobs=knobs,
        steps_per_epoch=None if recipe.steps is None else training.epoch_steps[0],
        preprocessing=recipe.crop.preprocessing(),
        cache=training.settings.cache,  # type: ignore[arg-type]
        bad_files=training.bad_files,
    )
    watched = _measuring(training, training.watched)
    knobs.start_step = training.position.step
    console = console or Console()
    for choice in classifier.compile_choices(training.schedule):
        console.print(f"augmentation {choice.reason}", highlight=False)
    recorder = Recorder(training.run, training.position)
    stop = EarlyStop(recorder, training.schedule, training.settings.patience)
    bar = ProgressBar(
        training.schedule,
        recipe.batch_size,
        console,
        steps_per_epoch=training.epoch_steps,
        first_step=training.position.step,
    )
    boards = [TensorBoardLogs(recorder, training.run.tensorboard)] if tensorboard else []
    callbacks = [
        ProgressiveCallback(training.schedule, verbose=0),
        recorder,
        *boards,
        *([stop] if training.settings.holdout else []),
        bar,
        TimesKeeper(bar, training.run.times_file, training.position.epoch),
    ]
    try:
        with InterruptGuard() as guard:
            classifier.fit(
                data,
                validation_data=watched,
                class_weight=training.source.train.class_weights() if training.settings.class_weights else None,
                epochs=training.schedule.epochs,
                initial_epoch=training.position.epoch,
                callbacks=[*callbacks, guard],
                verbose=0,
            )
    except KeyboardInterrupt:
        recorder.save_state()
        raise
    finally:
        bar.close()
        for board in boards:
            board.close()
        _write_bad_files(training)
    if stop.stopped_after is not None:
        patience = training.settings.patience
        console.print(f"stopped after epoch {stop.stopped_after}: none of the last {patience} was better")
    _finish(training, recorder)
    return recorder.rows


def _write_data(run: RunDirectory, source: Source, classifier: Classifier) -> None:
    write_yaml(
        run.data_file,
        {
            "head": classifier.head,
            "num_classes": source.num_classes,
            "num_training_images": len(source.train),
            "num_validation_images": len(source.validation),
            "num_bad_files": len(source.bad_files),
        },
    )


def _hold_out(source: Source, settings: TrainSettings, say: Callable[[str], None]) -> tuple[Source, Split]:
    """Returns the source without the holdout, and what each epoch is measured on."""
    if not settings.holdout:
        return source, source.validation
    train, held = split_by_class(source.train, settings.holdout, settings.seed)
    say(f"kept back {len(held)} training images to choose the best epoch by; {len(train)} left")
    return replace(source, train=train), held


def _measuring(training: Training, split: Split) -> tf.data.Dataset:
    return make_dataset(
        split,
        training.recipe.batch_size,
        image_size=training.image_size,
        preprocessing=training.recipe.crop.preprocessing(),
        cache=training.settings.cache,  # type: ignore[arg-type]
        bad_files=training.bad_files,
    )


def _finish(training: Training, recorder: Recorder) -> None:
    best = max(recorder.rows, key=lambda row: row["val_accuracy"])
    accuracies = {"val_accuracy": round(best["val_accuracy"], 6)}
    if training.settings.holdout:  # looked at for the first time, with the epoch that the holdout chose
        classifier = load_run(training.run.path)
        classifier.compile("sgd", metrics=[ShownAccuracy()])
        seen = classifier.evaluate(_measuring(training, training.source.validation), verbose=0, return_dict=True)
        accuracies = {"val_accuracy": round(seen["accuracy"], 6), "holdout_accuracy": accuracies["val_accuracy"]}
    write_yaml(
        training.run.result_file,
        {
            **accuracies,
            "epoch": int(best["epoch"]),
            "image_size": training.image_size,
            "num_classes": training.source.num_classes,
            "num_training_images": len(training.source.train),
            "num_validation_images": len(training.source.validation),
            "num_bad_files": len(_all_bad_files(training)),
        },
    )
    training.run.checkpoint.unlink(missing_ok=True)


def _all_bad_files(training: Training) -> tuple[BadFile, ...]:
    return training.source.bad_files + training.bad_files.files


def _write_bad_files(training: Training) -> None:
    bad = _all_bad_files(training)
    if bad:
        write_table(training.run.bad_files, ("location", "reason"), ((file.location, file.reason) for file in bad))

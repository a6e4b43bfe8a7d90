"""Trains a network on a folder of images and keeps everything in a run directory."""

from __future__ import annotations

import shutil
from itertools import count

import keras
import tensorflow as tf
from rich.console import Console

from effnetv2_keras.configs.interval import Interval, parse_interval
from effnetv2_keras.data.manifest import BadFile, Split
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.data.worker_share import as_long_as_the_others, own_batch, own_images
from effnetv2_keras.files.table import write_table
from effnetv2_keras.runs.history import Row
from effnetv2_keras.runs.run_directory import write_yaml
from effnetv2_keras.training.checkpoint import NotFinite
from effnetv2_keras.training.checkpointing import Checkpointing
from effnetv2_keras.training.diverged import diverged, roll_back
from effnetv2_keras.training.early_stop import EarlyStop
from effnetv2_keras.training.finite import StopAtNonFinite
from effnetv2_keras.training.interrupt import Interrupted, InterruptGuard
from effnetv2_keras.training.load_run import load_run
from effnetv2_keras.training.multilabel import ShownAccuracy
from effnetv2_keras.training.prepare import Training, prepare
from effnetv2_keras.training.progress_bar import ProgressBar
from effnetv2_keras.training.progressive import ProgressiveCallback
from effnetv2_keras.training.recorder import Recorder
from effnetv2_keras.training.step_log import StepLog
from effnetv2_keras.training.tensorboard_logs import TensorBoardLogs
from effnetv2_keras.training.times_keeper import TimesKeeper

__all__ = ["Training", "prepare", "train"]


def train(
    training: Training,
    console: Console | None = None,
    *,
    tensorboard: bool = True,
    guard: InterruptGuard | None = None,
) -> list[Row]:
    """Trains to the end and returns the history, a row an epoch.

    Args:
        training: from `prepare`.
        console: where progress goes; None for the standard output.
        tensorboard: write the history for TensorBoard too.
        guard: the signals' watchman where there is one already; None for one of its own.

    Raises:
        Interrupted: on Ctrl-C and SIGTERM, after the state was written; the same run goes on from there.
        TrainingError: if a loss or a weight is not finite; the last checkpoint before stays.
    """
    settings = training.settings
    console, guard = console or Console(), guard or InterruptGuard()
    for attempt in count():
        recorder = _recorder(training)
        stop = EarlyStop(recorder, training.schedule, settings.patience)
        if training.position.epoch >= training.schedule.epochs or (settings.holdout and stop.is_over()):
            break
        try:
            _fit(training, console, recorder, stop, guard, tensorboard=tensorboard)
            break
        except NotFinite as error:
            reason = diverged(training, recorder.under_way, error, recorder.folder.newest_first())
            if attempt == settings.rollbacks or not roll_back(training, recorder.under_way):
                raise reason from error
            console.print(f"{reason}\ngoing back without that batch, {attempt + 1} of {settings.rollbacks}")
        finally:
            _write_bad_files(training)
    if stop.stopped_after is not None:
        patience = settings.patience
        console.print(f"stopped after epoch {stop.stopped_after}: none of the last {patience} was better")
    _finish(training, recorder)
    return recorder.rows


def _recorder(training: Training) -> Recorder:
    recorder = Recorder(
        training.run,
        training.progress,
        keep=training.settings.keep_checkpoints,
        epoch_steps=training.epoch_steps,
        bad_files=training.bad_files,
    )
    recorder.set_model(training.classifier)
    recorder.catch_up()
    return recorder


def _fit(
    training: Training,
    console: Console,
    recorder: Recorder,
    stop: EarlyStop,
    guard: InterruptGuard,
    *,
    tensorboard: bool,
) -> None:
    """Runs the epochs that are left; a signal ends them with a checkpoint."""
    settings, classifier = training.settings, training.classifier
    data = _learning(training)
    for choice in classifier.compile_choices(training.schedule):  # by the length of an epoch, which `data` has set
        console.print(f"augmentation {choice.reason}", highlight=False)
    bar = ProgressBar(
        training.schedule,
        training.recipe.batch_size,
        console,
        steps_per_epoch=training.epoch_steps,
        first_step=training.position.step,
    )
    logs: list[TensorBoardLogs | StepLog] = []
    if tensorboard:
        logs.append(TensorBoardLogs(recorder, training.run.tensorboard))
    if settings.log_steps:
        logs.append(StepLog(training.run.steps_file, training.position))
    callbacks: list[keras.callbacks.Callback] = [
        ProgressiveCallback(training.schedule, verbose=0),
        StopAtNonFinite(),
        recorder,
        *logs,
        *([stop] if settings.holdout else []),
        bar,
        TimesKeeper(bar, training.run.times_file, training.position.epoch),
        Checkpointing(recorder, _interval(training)),
        guard,
    ]
    try:
        with guard:
            classifier.fit(
                data,
                validation_data=_measuring(training, training.watched),
                class_weight=training.source.train.class_weights() if settings.class_weights else None,
                epochs=training.schedule.epochs,
                initial_epoch=training.position.epoch,
                callbacks=callbacks,
                verbose=0,
            )
    except Interrupted:
        if recorder.has_trained and classifier.knobs.num_workers == 1:  # else the others have gone on
            recorder.save_state()
        raise
    finally:
        bar.close()
        for log in logs:
            log.close()


def _interval(training: Training) -> Interval:
    """Returns how often an epoch is kept; several machines have no common clock, so there a time is left out."""
    interval = parse_interval("checkpoint_every", training.settings.checkpoint_every)
    return interval if training.classifier.knobs.num_workers == 1 else Interval(steps=interval.steps)


def _learning(training: Training) -> tf.data.Dataset:
    recipe, knobs = training.recipe, training.classifier.knobs
    sizes = recipe.schedule.batch_sizes or (recipe.batch_size,)
    data = make_dataset(
        training.source.train,
        [own_batch(size, knobs.num_workers) for size in sizes],
        knobs=knobs,
        steps_per_epoch=None if recipe.steps is None else training.epoch_steps[0],
        preprocessing=recipe.crop.preprocessing(),
        cache=training.settings.cache,  # type: ignore[arg-type]
        bad_files=training.bad_files,
    )
    knobs.start_step = training.position.step
    return data


def _measuring(training: Training, split: Split) -> tf.data.Dataset:
    workers = training.classifier.knobs.num_workers
    batch_size = own_batch(training.recipe.batch_size, workers)
    data = make_dataset(
        own_images(split, training.classifier.knobs.worker, workers),
        batch_size,
        image_size=training.image_size,
        preprocessing=training.recipe.crop.preprocessing(),
        cache=training.settings.cache,  # type: ignore[arg-type]
        bad_files=training.bad_files,
    )
    return as_long_as_the_others(data, len(split), batch_size, workers)


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
    shutil.rmtree(training.run.checkpoints, ignore_errors=True)


def _all_bad_files(training: Training) -> tuple[BadFile, ...]:
    return training.source.bad_files + training.bad_files.files


def _write_bad_files(training: Training) -> None:
    bad = _all_bad_files(training)
    if bad:
        write_table(training.run.bad_files, ("location", "reason"), ((file.location, file.reason) for file in bad))

"""Trains a network on a folder of images and keeps everything in a run directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
from rich.console import Console

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.files import dump
from effnetv2_keras.configs.registry import resolve_config
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.data.listing import Advance
from effnetv2_keras.data.manifest import BadFile, Source
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.files.table import write_table
from effnetv2_keras.models.create import create_model
from effnetv2_keras.runs.history import Row
from effnetv2_keras.runs.run_directory import RunDirectory, write_yaml
from effnetv2_keras.training.checkpoint import Position, load_checkpoint
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.interrupt import InterruptGuard
from effnetv2_keras.training.learning_rate import HeldCosine
from effnetv2_keras.training.progress_bar import ProgressBar
from effnetv2_keras.training.progressive import ProgressiveCallback
from effnetv2_keras.training.recorder import Recorder


@dataclass(slots=True)
class Training:
    """A run made ready: everything that its loop needs."""

    settings: TrainSettings
    run: RunDirectory
    source: Source
    schedule: ProgressiveSchedule
    image_size: int
    classifier: Classifier
    bad_files: BadFileLog
    position: Position = field(default_factory=lambda: Position(0))


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
    config = resolve_config(settings.model)
    schedule = settings.schedule(config.eval_size)
    run = RunDirectory(out)
    goes_on = run.goes_on(settings, overwrite=overwrite)
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
    if not goes_on:
        run.begin(settings)
    write_text(run.labels_file, "".join(f"{name}\n" for name in source.class_names))
    write_text(run.model_file, dump(config))
    keras.utils.set_random_seed(settings.seed)
    classifier = Classifier(
        create_model(
            config, num_classes=source.num_classes, activation="sigmoid" if source.train.is_multilabel else None
        ),
        augmentation=Augmentation(horizontal_flip=settings.flip, num_layers=2 if settings.randaugment else 0),
        seed=settings.seed,
    )
    log = BadFileLog(
        told=lambda bad: say(f"skipped {bad.location}: {bad.reason}"),
        total=len(source.train) + len(source.validation) + len(source.bad_files),
        known=len(source.bad_files),
        max_fraction=settings.max_bad_fraction,
    )
    training = Training(settings, run, source, schedule, settings.size(config.eval_size), classifier, log)
    _compile(training)
    if goes_on and run.checkpoint.is_file():
        training.position = load_checkpoint(run.checkpoint, classifier)
        epoch, step = training.position.epoch, training.position.step
        say(f"going on in epoch {epoch + 1}, after step {step} of {_steps(training)}")
    return training


def train(training: Training, console: Console | None = None) -> list[Row]:
    """Trains to the end and returns the history, a row an epoch.

    Raises:
        KeyboardInterrupt: on Ctrl-C, after the state was written; the same run goes on from there.
    """
    settings, classifier, knobs = training.settings, training.classifier, training.classifier.knobs
    batch = settings.batch_size
    reading = {"preprocessing": settings.look(), "cache": settings.cache, "bad_files": training.bad_files}
    data = make_dataset(training.source.train, batch, knobs=knobs, **reading)  # type: ignore[arg-type]
    held_out = make_dataset(
        training.source.validation,
        batch,
        image_size=training.image_size,
        **reading,  # type: ignore[arg-type]
    )
    knobs.start_step = training.position.step
    console = console or Console()
    for choice in classifier.compile_choices(training.schedule):
        console.print(f"augmentation {choice.reason}", highlight=False)
    recorder = Recorder(training.run, training.position)
    bar = ProgressBar(training.schedule, _steps(training), console)
    try:
        with InterruptGuard() as guard:
            classifier.fit(
                data,
                validation_data=held_out,
                class_weight=training.source.train.class_weights() if settings.class_weights else None,
                epochs=training.schedule.epochs,
                initial_epoch=training.position.epoch,
                callbacks=[ProgressiveCallback(training.schedule, verbose=0), recorder, bar, guard],
                verbose=0,
            )
    except KeyboardInterrupt:
        recorder.save_state()
        raise
    finally:
        bar.close()
        _write_bad_files(training)
    _finish(training, recorder)
    return recorder.rows


def _compile(training: Training) -> None:
    settings, steps = training.settings, _steps(training)
    rate = HeldCosine(settings.learning_rate, total_steps=steps * settings.epochs, warmup_steps=steps)
    optimizer = keras.optimizers.AdamW(learning_rate=rate, weight_decay=settings.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.label_smoothing)
    training.classifier.compile(optimizer, loss=loss)


def _steps(training: Training) -> int:
    return -(-len(training.source.train) // training.settings.batch_size)


def _finish(training: Training, recorder: Recorder) -> None:
    best = max(recorder.rows, key=lambda row: row["val_accuracy"])
    write_yaml(
        training.run.result_file,
        {
            "val_accuracy": round(best["val_accuracy"], 6),
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

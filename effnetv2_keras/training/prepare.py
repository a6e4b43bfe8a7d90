"""Makes a run ready to train: everything checked, the data open, the classifier built or taken up again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras

from effnetv2_keras.configs.files import dump
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.data.determinism import make_deterministic
from effnetv2_keras.data.listing import Advance
from effnetv2_keras.data.manifest import BadFile, Source, Split
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.splitting import split_by_class
from effnetv2_keras.files.atomic import clear_left_behind, write_text
from effnetv2_keras.runs.environment import cpu_features, environment
from effnetv2_keras.runs.run_directory import RunDirectory, write_yaml
from effnetv2_keras.training.checkpoint import Position, Progress, load_checkpoint, load_progress
from effnetv2_keras.training.checkpoint_folder import CheckpointFolder
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.compute import Compute, choose_compute, device_kind
from effnetv2_keras.training.drift import check_drift, marks_of, record_drift
from effnetv2_keras.training.from_recipe import check_runnable, compile_classifier, make_classifier
from effnetv2_keras.training.start import Start, find_start, say_of_few


@dataclass(slots=True)
class Training:
    """A run made ready: everything that its loop needs.

    Attributes:
        watched: what each epoch is measured on and the best one chosen by: the holdout, else the validation split.
        progress: where it begins or goes on.
    """

    settings: TrainSettings
    recipe: Recipe
    run: RunDirectory
    source: Source
    watched: Split
    classifier: Classifier
    bad_files: BadFileLog
    progress: Progress = field(default_factory=lambda: Progress(Position(0)))

    @property
    def position(self) -> Position:
        """Where it begins or goes on."""
        return self.progress.position

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
    allow_drift: bool = False,
    say: Callable[[str], None] = print,
    advance: Advance | None = None,
) -> Training:
    """Checks everything, opens the data and builds the classifier, or takes it up where a run was broken off.

    Args:
        settings: what is asked for.
        out: the run's directory.
        overwrite: a run that is there makes room.
        allow_drift: a run goes on although its settings, its network or its data have changed.
        say: told what happens, in sentences.
        advance: told how many headers have been read.

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
    goes_on = run.goes_on(settings, overwrite=overwrite, allow_drift=allow_drift)
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
    if not goes_on:
        say_of_few(recipe, source.num_classes, len(source.train), say)
    for reason in compute.reasons:
        say(reason)
    num_images = sum(map(len, source.splits)) + len(source.bad_files)
    marks = marks_of(recipe, source, settings.data)
    changed = check_drift(run, settings, marks, allow=allow_drift) if goes_on else []
    source, watched = _hold_out(source, settings, say)
    log = BadFileLog(
        told=lambda bad: say(f"skipped {bad.location}: {bad.reason}"),
        total=num_images,
        known=len(source.bad_files),
        max_fraction=settings.max_bad_fraction,
    )
    classifier = _build(settings, recipe, source, start, compute)
    training = Training(settings, recipe, run, source, watched, classifier, log)
    if goes_on:
        _take_up(training, say)
    else:
        run.begin(settings)
    _write_facts(training, start, marks)
    with compute.policy():
        write_yaml(run.environment_file, environment())
    if changed:
        record_drift(run, settings, changed, training.position, say)
    return training


def _build(settings: TrainSettings, recipe: Recipe, source: Source, start: Start, compute: Compute) -> Classifier:
    """Returns the classifier as it is before the first step."""
    if settings.deterministic:
        make_deterministic()
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
    start.mark(classifier.network)
    compile_classifier(classifier, recipe, len(source.train), xla=compute.xla)
    return classifier


def _take_up(training: Training, say: Callable[[str], None]) -> None:
    """Puts the run back to its newest whole checkpoint, if there is one."""
    path = CheckpointFolder(training.run.checkpoints, training.settings.keep_checkpoints).newest_whole(say)
    if path is None:
        return
    load_checkpoint(path, training.classifier)
    progress = load_progress(path)
    training.bad_files.recall([BadFile(*bad) for bad in progress.bad_files])
    epoch, step = progress.position.epoch, progress.position.step
    if epoch >= training.schedule.epochs:
        say("all epochs are done: going on with what comes after them")
    else:
        steps = training.epoch_steps[epoch]
        if step and progress.steps and progress.steps != steps:  # another batch size, as many images
            step = round(step / progress.steps * steps)
        say(f"going on in epoch {epoch + 1}, after step {step} of {steps}")
    training.progress = replace(progress, position=Position(epoch, step))


def _write_facts(training: Training, start: Start, marks: dict[str, Any]) -> None:
    """Writes what is known before the first step; a run that cannot be taken up has been refused by now."""
    run, source = training.run, training.source
    clear_left_behind(run.path)
    write_text(run.labels_file, "".join(f"{name}\n" for name in source.class_names))
    write_text(run.model_file, dump(start.config))
    start.keep(run)
    write_yaml(
        run.data_file,
        {
            "head": training.classifier.head,
            "num_classes": source.num_classes,
            "num_training_images": len(source.train),
            "num_validation_images": len(source.validation),
            "num_bad_files": len(source.bad_files),
        },
    )
    write_yaml(run.fingerprint_file, marks)


def _hold_out(source: Source, settings: TrainSettings, say: Callable[[str], None]) -> tuple[Source, Split]:
    """Returns the source without the holdout, and what each epoch is measured on."""
    if not settings.holdout:
        return source, source.validation
    train, held = split_by_class(source.train, settings.holdout, settings.seed)
    say(f"kept back {len(held)} training images to choose the best epoch by; {len(train)} left")
    return replace(source, train=train), held

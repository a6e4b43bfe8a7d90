"""What has to fit together in a progressive run, asked before work is lost."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from effnetv2_keras.configs.schedule import Phase, Schedule
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.replicas import num_replicas

READERS = {"dropout": "Dropout layer", "drop_path": "StochasticDepth layer"}


def check_schedule(model: keras.Model, schedule: Schedule, epochs: int) -> None:
    """Refuses epochs other than the schedule's, and a schedule that the network cannot follow.

    Args:
        model: a `Classifier`.
        schedule: what each epoch gets.
        epochs: that were asked for.

    Raises:
        UsageError: if `model` is none, or for epochs, settings, batch sizes or image sizes that do not fit.
    """
    knobs = getattr(model, "knobs", None)
    if knobs is None:
        raise UsageError(
            f"ProgressiveCallback turns the knobs of a Classifier: Classifier(model).fit(...). "
            f"Got: {type(model).__name__}."
        )
    if epochs != schedule.epochs:
        raise UsageError(f"`epochs` must be the schedule's, {schedule.epochs}. Got: {epochs}.")
    for name in schedule.regularised:
        if any(getattr(phase, name) for phase in schedule.phases) and not _is_read(model, name):
            raise UsageError(
                f"Every setting that a schedule turns must be read by something. "
                f"Got `{name}`: {model.network.name} has no {READERS.get(name, 'augmentation')}."
            )
    check_batch_size(model, schedule)
    side = model.network.input_shape[1]
    sizes = [phase.image_size for phase in schedule.phases]
    if side is not None and any(size != side for size in sizes):
        raise UsageError(
            f"The network's input must be (None, None, 3) where the schedule sets the image size "
            f"({', '.join(map(str, sizes))} px). Got: an input fixed at {side} px."
        )


def check_batch_size(model: keras.Model, schedule: Schedule) -> None:
    """Refuses batch sizes that the data would not follow, or that the compiled step could not.

    Raises:
        UsageError: for batch sizes that `make_dataset` was not given, or several in a step that XLA compiles or devices
            share.
    """
    given = () if model.knobs.feed is None else model.knobs.feed.batch_sizes
    if not set(schedule.batch_sizes) <= set(given):
        asked, known = (", ".join(map(str, sizes)) for sizes in (schedule.batch_sizes, given))
        raise UsageError(
            f"`batch_size` of a schedule's phases must be the dataset's: make_dataset(..., schedule.batch_sizes). "
            f"Got: {asked}; the dataset's is {known or 'unknown'}."
        )
    if len(schedule.batch_sizes) > 1 and keras.backend.backend() == "tensorflow":
        replicas = num_replicas(model)
        if model.jit_compile or replicas > 1:
            raise UsageError(
                f"Batches that change size need a step that XLA does not compile as a whole, on one device: "
                f"compile(..., jit_compile=False). Got: jit_compile={model.jit_compile} on {replicas}."
            )


def check_parts(model: keras.Model) -> None:
    """Refuses batches that cannot be shared out evenly among the devices, or among the parts that are augmented.

    Raises:
        UsageError: if `parts` is no multiple of the devices, or a batch none of the parts.
    """
    replicas, workers = num_replicas(model), model.knobs.num_workers
    if model.parts % replicas:
        raise UsageError(f"`parts` must be a multiple of the number of devices, {replicas}. Got: {model.parts}.")
    count = model.parts or replicas
    what = "`parts` of a batch" if model.parts else "devices"
    for size in () if model.knobs.feed is None else model.knobs.feed.batch_sizes:
        if size * workers % count:
            raise UsageError(f"`batch_size` must be a multiple of the {what}, {count}. Got: {size * workers}.")


def check_side(model: keras.Model, phase: Phase) -> None:
    """Refuses to go on where the step saw another size than the phase's.

    Raises:
        UsageError: if it did.
    """
    side = int(ops.convert_to_numpy(ops.copy(_live(model, model.side))))
    if side != phase.image_size:
        raise UsageError(
            f"Phase {phase.index} must train at {phase.image_size} px, but its first batch had {side} px: the dataset "
            f"is built on other knobs (pass knobs=clf.knobs to make_dataset) or caches images behind the resize."
        )


def _live(model: keras.Model, variable: keras.Variable) -> Any:
    """Returns the variable, on JAX after the step's state has been written back to it."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()
    return variable


def _is_read(model: keras.Model, name: str) -> bool:
    is_augmentation = name in model.knobs.augmentation
    return model.augmentation is not None if is_augmentation else model.knobs.is_read(name)

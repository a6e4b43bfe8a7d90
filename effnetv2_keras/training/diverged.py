"""What becomes of a training whose numbers are not finite: it says what it saw last, and may go back a little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from effnetv2_keras.data.order import shown_in
from effnetv2_keras.errors import TrainingError
from effnetv2_keras.files.table import write_table
from effnetv2_keras.training.checkpoint import NotFinite, Position, load_checkpoint, load_progress
from effnetv2_keras.training.checkpoint_folder import CheckpointFolder
from effnetv2_keras.training.prepare import Training

NAMED = 3


def diverged(training: Training, at: Position, reason: NotFinite, kept: list[Path]) -> TrainingError:
    """Returns the error to end with; the batch's files are written to the run.

    Args:
        training: the run.
        at: the step whose batch it was.
        reason: what is not finite.
        kept: the checkpoints, the newest first.
    """
    batch_size = training.schedule.phase_at(at.epoch).batch_size or training.recipe.batch_size
    files = shown_in(training.source.train, training.settings.seed, at.epoch, at.step, batch_size)
    table = training.run.not_finite_file
    write_table(table, ("location",), [(file,) for file in files])
    more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    begins = f"begins from {load_progress(kept[0]).position}" if kept else "begins anew"
    return TrainingError(
        f"Training must keep to finite numbers. Got: {reason} in epoch {at.epoch + 1}, step {at.step + 1}. "
        f"Its batch was {', '.join(files[:NAMED])}{more}; all of it is in {table}. What came after the last "
        f"checkpoint is given up: the same command {begins}, with --allow-config-drift at another --learning-rate too."
    )


def roll_back(training: Training, at: Position) -> bool:
    """Puts the run back to its last checkpoint and has it go on behind the step `at`.

    The steps in between are left out with their batches, so the run takes so many fewer.

    Returns:
        Whether it could: there must be a checkpoint of the same epoch.

    Raises:
        DataError: if all checkpoints are damaged, or the last one is of another model.
    """
    path = CheckpointFolder(training.run.checkpoints, training.settings.keep_checkpoints).newest_whole(lambda _: None)
    progress = None if path is None else load_progress(path)
    if path is None or progress is None or progress.position.epoch != at.epoch:
        return False
    load_checkpoint(path, training.classifier)
    training.progress = replace(progress, position=Position(at.epoch, at.step + 1))
    return True

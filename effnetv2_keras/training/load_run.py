"""Takes up a trained run again."""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.errors import DataError
from effnetv2_keras.models.trained import load_trained
from effnetv2_keras.runs.run_directory import RunDirectory
from effnetv2_keras.training.classifier import Classifier


def load_run(location: Path) -> Classifier:
    """Returns the classifier of a run with its best weights, ready to export.

    Raises:
        DataError: if `location` is no run directory, a file of it is damaged, or no epoch has ended yet.
    """
    run = RunDirectory(location)
    if not run.is_run:
        raise DataError(f"{location} must be a run directory (it has settings.yaml). Got none.")
    classifier = Classifier(load_trained(run.config(), run.weights(), len(run.labels()), run.activation()))
    classifier.eval_size = run.recipe().eval_size
    return classifier

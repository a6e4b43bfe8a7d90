"""What a run directory holds, and where."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from effnetv2_keras.configs.files import load_config
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipe_files import dump_recipe, load_recipe
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.errors import DataError, UsageError, as_damage
from effnetv2_keras.files.atomic import write_text

CHECKPOINTS = "*.npz"  # names of checkpoints, in the order that they are taken in


class RunDirectory:
    """Names the files of a run; opening one writes nothing.

    settings.yaml     what was asked for
    recipe.yaml       how it is trained, resolved
    model.yaml        the architecture, resolved
    start.yaml        what is known of the weights that it started from, where they were not new
    labels.txt        class names, a line each
    data.yaml         what the data were: numbers of images, one class an image or several
    history.csv       one row an epoch
    times.csv         what each epoch took
    best.weights.h5   of the epoch with the best validation accuracy
    last.weights.h5   of the last epoch
    checkpoints/      where to go on, until the run is finished: the newest ones, each with its SHA-256
    fingerprint.yaml  what tells its network and data from others
    drift.csv         what was changed between two parts of the run, where that was allowed
    steps.csv         the loss of every step, where it was asked for
    not_finite.csv    the files of the batch after which numbers were no longer finite
    result.yaml       there when the run is finished
    environment.yaml  versions and devices it was trained with
    report.html       all of it to look at; evaluation.html the same on the data of the last `effnetv2 evaluate`
    curves.png, examples.png
    tensorboard/      the history again, for TensorBoard

    Args:
        path: of the directory; it need not be there.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        self.settings_file = self.path / "settings.yaml"
        self.recipe_file = self.path / "recipe.yaml"
        self.model_file = self.path / "model.yaml"
        self.start_file = self.path / "start.yaml"
        self.data_file = self.path / "data.yaml"
        self.labels_file = self.path / "labels.txt"
        self.history_file = self.path / "history.csv"
        self.times_file = self.path / "times.csv"
        self.environment_file = self.path / "environment.yaml"
        self.report = self.path / "report.html"
        self.evaluation = self.path / "evaluation.html"
        self.best_weights = self.path / "best.weights.h5"
        self.last_weights = self.path / "last.weights.h5"
        self.checkpoints = self.path / "checkpoints"
        self.fingerprint_file = self.path / "fingerprint.yaml"
        self.drift_file = self.path / "drift.csv"
        self.steps_file = self.path / "steps.csv"
        self.not_finite_file = self.path / "not_finite.csv"
        self.result_file = self.path / "result.yaml"
        self.bad_files = self.path / "bad_files.csv"
        self.curves = self.path / "curves.png"
        self.examples = self.path / "examples.png"
        self.tensorboard = self.path / "tensorboard"

    @property
    def is_run(self) -> bool:
        """Whether a run was begun here; a `settings.yaml` of something else does not count."""
        if not self.settings_file.is_file():
            return False
        try:
            return {"data", "model"} <= set(read_yaml(self.settings_file))
        except DataError:
            return False

    @property
    def is_finished(self) -> bool:
        """Whether the run here went to its end."""
        return self.result_file.is_file()

    @property
    def has_checkpoint(self) -> bool:
        """Whether there is a checkpoint, whole or damaged."""
        return any(self.checkpoints.glob(CHECKPOINTS))

    def goes_on(self, settings: TrainSettings, *, overwrite: bool = False, allow_drift: bool = False) -> bool:
        """Tells whether a run with these very settings was begun here and can go on; writes nothing.

        A run that was broken off before it had anything to keep makes room for any other.

        Args:
            settings: what is asked for now.
            overwrite: a run that is here makes room.
            allow_drift: other settings are taken too; `drift` tells which.

        Raises:
            DataError: if the run that is here is damaged.
            UsageError: if the directory holds a finished run, another one, or files that are no run.
        """
        if self.is_run:
            has_something = self.is_finished or self.has_checkpoint or self.history_file.is_file()
            return has_something and not overwrite and self._is_same(settings, allow_drift)
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise UsageError(
                f"`--out` must be a new directory or that of a run. Got: {self.path}, which holds other files."
            )
        return False

    def begin(self, settings: TrainSettings) -> None:
        """Makes the directory ready for a new run; files of one that is there are removed, others are left alone."""
        folders = (self.tensorboard, self.checkpoints)
        for file in (value for value in vars(self).values() if value not in (self.path, *folders)):
            file.unlink(missing_ok=True)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        self.keep_settings(settings)

    def keep_settings(self, settings: TrainSettings) -> None:
        """Writes what was asked for, and what it resolves to."""
        write_yaml(self.settings_file, settings.as_dict())
        write_text(self.recipe_file, dump_recipe(settings.resolved()))

    def settings(self) -> TrainSettings:
        """Reads what was asked for.

        Raises:
            DataError: if the file holds anything else.
        """
        values = read_yaml(self.settings_file)
        with as_damage(f"{self.settings_file}: "):
            return TrainSettings.from_dict(values)

    def recipe(self) -> Recipe:
        """Reads how it is trained: the run's own copy, whatever became of the file that a recipe came from.

        Raises:
            DataError: if it is not there, or is no recipe.
        """
        with as_damage():
            return load_recipe(self.recipe_file)

    def config(self) -> ModelConfig:
        """Reads the network.

        Raises:
            DataError: if it is not there, or is no network.
        """
        with as_damage():
            return load_config(self.model_file)

    def labels(self) -> tuple[str, ...]:
        """Reads the class names.

        Raises:
            DataError: if they are not there.
        """
        try:
            return tuple(self.labels_file.read_text(encoding="utf-8").splitlines())
        except OSError as error:
            raise DataError(f"A run must have its class names in {self.labels_file}. Got: {error.strerror}.") from None

    def activation(self) -> str | None:
        """Returns the activation of the network's last layer: a sigmoid where images show several classes.

        Raises:
            DataError: if the file that says it holds anything else.
        """
        has_several = self.data_file.is_file() and read_yaml(self.data_file).get("head") == "sigmoid"
        return "sigmoid" if has_several else None

    def weights(self) -> Path:
        """Returns the best weights so far.

        Raises:
            DataError: if no epoch has ended yet.
        """
        for file in (self.best_weights, self.last_weights):
            if file.is_file():
                return file
        raise DataError(f"The run in {self.path} must have ended an epoch to have weights. Got: none yet.")

    def drift(self, settings: TrainSettings) -> list[str]:
        """Returns how `settings` differ from the run's, as "name: here -> there".

        Raises:
            DataError: as `settings` and `recipe`.
            UsageError: if `settings` cannot be resolved.
        """
        return self.settings().differences(settings, self.recipe())

    def _is_same(self, settings: TrainSettings, allow_drift: bool) -> bool:
        changed = self.drift(settings)
        if changed and (self.is_finished or not allow_drift):
            raise UsageError(
                f"{self.path} holds a run with other settings ({'; '.join(changed)}): take another --out, "
                f"or --overwrite to replace it{'' if self.is_finished else ', or --allow-config-drift to go on'}."
            )
        if self.is_finished:
            raise UsageError(f"{self.path} holds this run, finished: take another --out, or --overwrite to repeat it.")
        return True


def write_yaml(path: Path, values: dict[str, Any]) -> None:
    """Writes `values` as YAML, in their order."""
    import yaml

    write_text(path, yaml.safe_dump(values, sort_keys=False, allow_unicode=True))


def read_yaml(path: Path) -> dict[str, Any]:
    """Reads a YAML file with names on top.

    Raises:
        DataError: if it holds anything else.
    """
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path} must be YAML. Got: {error}.") from None
    if not isinstance(values, dict):
        raise DataError(f"{path} must hold names and values. Got: {type(values).__name__}.")
    return values

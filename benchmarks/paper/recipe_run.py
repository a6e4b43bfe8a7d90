"""A cell that trains by a recipe, as `effnetv2 train` does: how the published settings run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from effnetv2_keras.configs.files import dump
from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipe_files import dump_recipe
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.runs.run_directory import RunDirectory
from effnetv2_keras.runs.times import read_times
from effnetv2_keras.training.load_run import load_run
from effnetv2_keras.training.prepare import Training, prepare
from effnetv2_keras.training.run import train
from paper.bench import Bench
from paper.experiment import Tell
from paper.heat import explained


@dataclass(frozen=True, slots=True)
class RecipeRun:
    """Trains by a recipe into a run directory, which a run that was broken off goes on from.

    Seconds are on the clock, validation and all: the work is on accelerators.

    Attributes:
        recipe: how.
        network: what; in place of the recipe's own.
        data: what `effnetv2 train` takes.
        maps: pictures that Grad-CAM explains afterwards.
    """

    recipe: Recipe
    network: ModelConfig
    data: str
    maps: int = 0
    is_seeded = True

    @property
    def cost(self) -> float:
        """Not known: it depends on the accelerator. Cells count alike."""
        return 1e5

    def run(self, seed: int, bench: Bench, tell: Tell) -> dict:
        """Trains, or goes on, and returns what the history says."""
        key = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        folder = bench.folder / "trainings" / f"{key}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "network.yaml", dump(self.network))
        named = self.recipe.replace(model=str(folder / "network.yaml"))
        write_text(folder / "recipe.yaml", dump_recipe(named))
        settings = TrainSettings(self.data, recipe=str(folder / "recipe.yaml"), seed=seed)
        training = prepare(settings, folder / "run")
        rows = train(training)
        cost = profile(self.network, self.recipe.eval_size, training.source.num_classes).total
        seconds, curve = 0.0, []
        for row, time in zip(rows, read_times(RunDirectory(folder / "run").times_file), strict=False):
            seconds += time["seconds"]
            curve.append([seconds, row["val_accuracy"]])
        return {
            "epochs": self.recipe.schedule.epochs,
            "parameters": cost.parameters,
            "macs": cost.macs,
            "side": self.recipe.eval_size,
            "seconds": seconds,
            "steps": sum(training.epoch_steps),
            "accuracy": rows[-1]["val_accuracy"],
            "curve": curve,
            **(self.explain(training) if self.maps else {}),
        }

    def explain(self, training: Training) -> dict:
        """Returns maps of the first validation pictures."""
        first = training.source.validation.select(np.arange(self.maps), "validation")
        batches = make_dataset(first, self.maps, image_size=self.recipe.eval_size)
        images, labels = next(iter(batches.as_numpy_iterator()))
        return explained(load_run(training.run.path).network, images, labels)

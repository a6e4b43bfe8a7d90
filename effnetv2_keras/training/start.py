"""What a run starts from: new weights, published ones, or those of its own checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from effnetv2_keras.configs.recipe import NEW, Recipe
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.weight_sets import tags_of
from effnetv2_keras.models.weights.facts import make_facts, set_facts
from effnetv2_keras.models.weights.pretrained import Pretrained, find_pretrained
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml, write_yaml
from effnetv2_keras.training.from_recipe import network_of

FEW = 500  # images a class, well below the 1,300 of ImageNet, which the networks were made for
BY_DESIGN = "finetune"  # the crops that released weights are tuned with, whatever they were trained with


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run starts.

    Attributes:
        config: of the network, with what its weights ask for.
        pretrained: weights to begin with; None for new ones, and in a run that goes on.
        facts: of the weights, where it began with given ones.
    """

    config: ModelConfig
    pretrained: Pretrained | None = None
    facts: dict[str, Any] | None = None

    def mark(self, network: keras.Model) -> None:
        """Has the network carry the facts of what it began with."""
        if self.facts is not None:
            set_facts(network, self.facts)

    def keep(self, run: RunDirectory) -> None:
        """Writes the facts where a run that goes on finds them."""
        if self.facts is not None:
            write_yaml(run.start_file, self.facts)


def find_start(recipe: Recipe, run: RunDirectory, say: Callable[[str], None], *, goes_on: bool) -> Start:
    """Finds the weights that `recipe` starts from, before any other work is done.

    A run that goes on from a checkpoint asks for them no more: its own weights are in the checkpoint.

    Raises:
        UsageError, DataError: see `find_pretrained`.
    """
    if recipe.weights == NEW:
        return Start(network_of(recipe))
    if goes_on and run.has_checkpoint:
        return Start(run.config(), facts=read_yaml(run.start_file))
    found = find_pretrained(network_of(recipe), recipe.weights)
    known = found.checkpoint.weight_set
    say(f"starting from {known or recipe.weights}, pixels {found.config.pixels}")
    if known is not None and recipe.crop.family not in (known.preprocessing, BY_DESIGN):
        say(
            f"these weights were trained with the crops {known.preprocessing!r}, this run uses {recipe.crop.family!r}: "
            f"--preprocessing {known.preprocessing} would be theirs"
        )
    return Start(found.config, found, make_facts(found.config, known))


def say_of_few(recipe: Recipe, num_classes: int, num_images: int, say: Callable[[str], None]) -> None:
    """Says so where a network learns from nothing on few images although weights of it were released."""
    if recipe.weights == NEW and num_images < FEW * num_classes and (tags := tags_of(recipe.model)):
        tag = "imagenet21k" if "imagenet21k" in tags else tags[0]
        say(f"{num_images} images are few to learn from nothing: --weights {tag} begins with released weights")

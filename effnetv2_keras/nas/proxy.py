"""Short training of one network at a reduced size, and the time of its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.configs.schedule import constant_schedule
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.data.manifest import Source
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.nas.step_time import step_seconds
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.from_recipe import compile_classifier, make_classifier


@dataclass(frozen=True)
class Proxy:
    """How every network of a search is trained: the same photos, size, epochs and batches for all.

    Attributes:
        source: the photos.
        image_size: px.
        epochs: at most.
        batch_size: images a step.
        seed: of everything drawn.
    """

    source: Source
    image_size: int
    epochs: int
    batch_size: int
    seed: int = 0

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe for runs of minutes, without what only long runs need."""
        schedule = constant_schedule(self.epochs, self.image_size)
        base = get_recipe("laptop")
        return base.replace(schedule=schedule, eval_size=self.image_size, batch_size=self.batch_size)

    @cached_property
    def watched(self) -> tf.data.Dataset:
        """The photos that accuracy is measured on, decoded once."""
        return make_dataset(self.source.validation, self.batch_size, image_size=self.image_size).cache()

    def classifier(self, config: ModelConfig, seed: int | None = None) -> Classifier:
        """Returns a new network in training, compiled."""
        seed = self.seed if seed is None else seed
        keras.utils.set_random_seed(seed)
        recipe = self.recipe
        made = make_classifier(recipe, self.source.num_classes, seed, config=config)
        compile_classifier(made, recipe, len(self.source.train))
        return made

    def step_seconds(self, classifier: Classifier) -> float:
        """Returns what a training step takes, see `nas.step_time`."""
        shape = (self.batch_size, self.image_size, self.image_size, 3)
        random = np.random.default_rng(self.seed)
        images = random.integers(0, 256, shape, dtype=np.uint8)
        labels = random.integers(0, self.source.num_classes, self.batch_size)
        return step_seconds(classifier, images, labels)

    def train(
        self, classifier: Classifier, after_epoch: Callable[[int, float], bool] = lambda epoch, accuracy: True
    ) -> float:
        """Trains a network; returns its validation accuracy after the last epoch, in [0, 1].

        Args:
            classifier: from `classifier`.
            after_epoch: is told the epoch (1-based) and the accuracy; False ends the training.
        """
        data = make_dataset(
            self.source.train,
            self.batch_size,
            knobs=classifier.knobs,
            image_size=self.image_size,
            preprocessing=self.recipe.crop.preprocessing(),
            cache="ram",
        )
        report = _AfterEpoch(after_epoch)
        classifier.fit(data, validation_data=self.watched, epochs=self.epochs, callbacks=[report], verbose=0)
        return report.accuracy


class _AfterEpoch(keras.callbacks.Callback):
    """Tells the accuracy of each epoch, and stops where the answer is no."""

    def __init__(self, told: Callable[[int, float], bool]) -> None:
        super().__init__()
        self.told = told
        self.accuracy = 0.0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Asks whether to go on."""
        self.accuracy = float((logs or {})["val_accuracy"])
        if not self.told(epoch + 1, self.accuracy):
            self.model.stop_training = True

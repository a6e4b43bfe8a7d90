"""Trains one network again and again, each time another way, and notes processor seconds and accuracy."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from glyphs import MADE_BY, TEST_FONTS, TRAIN_FONTS, make_glyphs
from progressive_ways import Setup

from effnetv2_keras import Augmentation, Classifier, create_model
from effnetv2_keras.configs.schedule import Phase, Schedule
from effnetv2_keras.training.learning_rate import HeldCosine
from effnetv2_keras.training.paced_rate import PacedRate

Images = tuple[np.ndarray, np.ndarray]


@dataclass
class Glyphs:
    """Train and test images at any size; one size of each is kept."""

    train: Images
    test: Images
    kept: dict[int, np.ndarray] = field(default_factory=dict)

    @classmethod
    def made(cls, counts: tuple[int, int], cache: Path) -> Glyphs:
        """Draws both sets, or reads what a run before this one drew."""
        kind = hashlib.sha256(repr(MADE_BY).encode()).hexdigest()[:8]
        path = cache / f"glyphs-{kind}-{counts[0]}-{counts[1]}.npz"
        if not path.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            train = make_glyphs(counts[0], seed=1, fonts=TRAIN_FONTS)
            test = make_glyphs(counts[1], seed=2, fonts=(*TRAIN_FONTS, *TEST_FONTS))
            np.savez(path, x=train[0], y=train[1], test_x=test[0], test_y=test[1])
        with np.load(path) as file:
            return cls((file["x"], file["y"]), (file["test_x"], file["test_y"]))


def resized(images: np.ndarray, size: int) -> np.ndarray:
    """Returns (N, size, size, 3) uint8."""
    parts = np.array_split(images, -(-len(images) // 500))
    small = [tf.image.resize(part, (size, size), antialias=True) for part in parts]
    return np.concatenate([np.clip(np.rint(part), 0, 255).astype(np.uint8) for part in small])


class Trainer:
    """Holds the one network of a process; its step is traced once a batch size, for all image sizes."""

    def __init__(self, data: Glyphs, setup: Setup = Setup()) -> None:  # noqa: B008  frozen
        self.data, self.setup = data, setup
        network = self.new_network()
        augmentation = Augmentation(
            horizontal_flip=setup.flip, num_layers=setup.num_layers, operations=setup.operations
        )
        self.classifier = Classifier(network, augmentation=augmentation)
        self.classifier.compile(keras.optimizers.AdamW(setup.peak, weight_decay=setup.weight_decay), loss=smoothed())
        self.classifier.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.classifier.optimizer.build(self.classifier.trainable_variables)
        self.steps: dict[int, Callable] = {}
        self.answer = tf.function(lambda images: tf.argmax(network(images, training=False), axis=-1), autograph=False)
        self.test = resized(data.test[0], setup.side)

    def new_network(self) -> keras.Model:
        """Returns the network before its first step."""
        return create_model(self.setup.network, num_classes=self.setup.num_classes)

    def step_of(self, batch_size: int) -> Callable:
        """Returns the training step for a batch size, traced."""
        if batch_size not in self.steps:
            kinds = [tf.TensorSpec((batch_size, None, None, 3), tf.uint8), tf.TensorSpec((batch_size,), tf.int32)]
            step = tf.function(lambda x, y: self.classifier.train_step((x, y)), kinds, autograph=False)
            step.get_concrete_function()
            self.steps[batch_size] = step
        return self.steps[batch_size]

    def begin(self, seed: int, schedule: Schedule) -> None:
        """Puts the network, the optimizer and the counter of steps where a new training has them, its steps warm.

        A new seed has TensorFlow forget what it compiled, for each size anew, so steps that count for nothing come
        between the seed and the first weights being put in place.
        """
        keras.utils.set_random_seed(seed)
        first_weights = [keras.ops.convert_to_numpy(one) for one in self.new_network().variables]
        for phase in schedule.phases:
            batch, side = phase.batch_size or self.setup.batch, phase.image_size
            self.step_of(batch)(np.zeros((batch, side, side, 3), np.uint8), np.zeros(batch, np.int32))
        for variable, first in zip(self.classifier.network.variables, first_weights, strict=True):
            variable.assign(first)  # weights, statistics and the state of dropout's seed
        for variable in [*self.classifier.optimizer.variables, self.classifier.step]:
            variable.assign(np.zeros(variable.shape))
        self.classifier.knobs.seed = seed

    def train(self, schedule: Schedule, held: float, seed: int, tell: Callable[[str], None]) -> dict:
        """Trains anew and returns what was measured.

        Args:
            schedule: sizes, strengths and batch sizes; its lengths are in epochs.
            held: share of the training at the peak of the learning rate.
            seed: of the first weights, of the order and of everything drawn.
            tell: is told after each epoch how far it is.
        """
        self.begin(seed, schedule)
        rates, done, spent, curve = self.rates(schedule, held), 0, 0.0, []
        for phase in schedule.phases:
            for epoch in range(phase.first_epoch, phase.last_epoch + 1):
                begun = time.process_time()
                if epoch == phase.first_epoch:
                    images = resized(self.data.train[0], phase.image_size)
                    for name in schedule.regularised:
                        self.classifier.knobs.turn(name, getattr(phase, name))
                done = self.epoch(images, phase, rates, done, np.random.default_rng((seed, epoch)))
                spent += time.process_time() - begun
                if is_told(epoch + 1, schedule.epochs):
                    curve.append([round(spent, 2), self.accuracy(500)])
                tell(f"epoch {epoch + 1}/{schedule.epochs}, {phase.image_size} px")
        return {"seconds": spent, "steps": done, "accuracy": self.accuracy(), "curve": curve}

    def epoch(self, images: np.ndarray, phase: Phase, rates: np.ndarray, done: int, rng: np.random.Generator) -> int:
        """Takes the steps of an epoch and returns how many have been taken in all."""
        size = phase.batch_size or self.setup.batch
        order, step, optimizer = rng.permutation(len(images)), self.steps[size], self.classifier.optimizer
        for first in range(0, len(order) - size + 1, size):
            optimizer.learning_rate.assign(rates[done])
            chosen = order[first : first + size]
            step(images[chosen], self.data.train[1][chosen])
            done += 1
        return done

    def rates(self, schedule: Schedule, held: float) -> np.ndarray:
        """Returns the learning rate of each step; its course is counted in images."""
        count, batch = len(self.data.train[0]), self.setup.batch
        usual, in_all = count // batch, schedule.epochs * (count // batch)
        course = HeldCosine(self.setup.peak, in_all, self.setup.warmup * usual, held)
        steps = [count // (phase.batch_size or batch) for phase in schedule.phases]
        lengths = [phase.num_epochs * number for phase, number in zip(schedule.phases, steps, strict=True)]
        paced = PacedRate(course, lengths, [usual / number for number in steps])
        return keras.ops.convert_to_numpy(paced(np.arange(sum(lengths))))

    def accuracy(self, count: int | None = None) -> float:
        """Returns the share of the test images, or the first `count`, that are named rightly."""
        images, labels = self.test[:count], self.data.test[1][:count]
        parts = [self.answer(images[first : first + 250]).numpy() for first in range(0, len(images), 250)]
        return float(np.mean(np.concatenate(parts) == labels))


def smoothed() -> keras.losses.Loss:
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)


def is_told(epoch: int, epochs: int) -> bool:
    """Tells whether the accuracy after `epoch` belongs on the curve: about five points are enough."""
    return epoch == epochs or epoch % max(epochs // 5, 1) == 0

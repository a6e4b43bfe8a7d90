"""Cells that time a network: a training step of it, an answer."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.configs.schedule import constant_schedule
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.inference.latency import WARM_UP, summarise
from effnetv2_keras.models.create import create_model
from effnetv2_keras.nas.step_time import step_seconds
from effnetv2_keras.training.from_recipe import compile_classifier, make_classifier
from paper.bench import Bench
from paper.experiment import Tell

SECONDS_A_MAC = 0.1e-9  # of an answer on one thread
BUILDING = 15.0  # s, of a large network


def counted(network: ModelConfig, size: int, num_classes: int) -> dict:
    """Returns what a network costs by its table."""
    total = profile(network, size, num_classes).total
    return {"network": network.name, "size": size, "parameters": total.parameters, "macs": total.macs}


@dataclass(frozen=True, slots=True)
class Count:
    """Counts parameters and multiply-adds; nothing is built."""

    network: ModelConfig
    size: int
    is_seeded = False
    cost = 0.01

    def run(self, seed: int, bench: Bench, tell: Tell) -> dict:
        """Counts, for 1000 classes."""
        return {"seconds": 0.0, **counted(self.network, self.size, 1000)}


@dataclass(frozen=True, slots=True)
class Step:
    """Times training steps (AdamW, random pixels, no augmentation strength): CPU time, on accelerators by the clock.

    Attributes:
        network: what takes them.
        size: px.
        batch: images a step.
        steps: the fastest of so many.
        cost_size: px that multiply-adds are counted at.
    """

    network: ModelConfig
    size: int
    batch: int
    steps: int
    cost_size: int
    num_classes: int = 1000
    is_seeded = False

    @property
    def cost(self) -> float:
        """Seconds of CPU, roughly."""
        macs = profile(self.network, self.size, self.num_classes).total.macs
        return 2 * BUILDING + 3 * SECONDS_A_MAC * macs * self.batch * (self.steps + 2)

    def run(self, seed: int, bench: Bench, tell: Tell) -> dict:
        """Builds, traces, times."""
        begun = time.process_time()
        recipe = get_recipe("laptop").replace(
            schedule=constant_schedule(1, self.size), eval_size=self.size, batch_size=self.batch
        )
        classifier = make_classifier(recipe, self.num_classes, seed, config=self.network)
        compile_classifier(classifier, recipe, self.batch * self.steps)
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (self.batch, self.size, self.size, 3)).astype("uint8")
        fastest = step_seconds(classifier, images, rng.integers(0, self.num_classes, self.batch), self.steps)
        counts = counted(self.network, self.cost_size, self.num_classes)
        about = {"step_seconds": fastest, "step_size": self.size, "step_batch": self.batch}
        about["step_count"] = self.steps
        return {**counts, **about, "seconds": time.process_time() - begun}


@dataclass(frozen=True, slots=True)
class Answer:
    """Times answers to one picture, on one thread: CPU time.

    Attributes:
        network: what answers.
        size: px.
        calls: timed, after a few that are not.
        cost_size: px that multiply-adds are counted at.
    """

    network: ModelConfig
    size: int
    calls: int
    cost_size: int
    is_seeded = False

    @property
    def cost(self) -> float:
        """Seconds of CPU, roughly."""
        macs = profile(self.network, self.size).total.macs
        return BUILDING + SECONDS_A_MAC * macs * (self.calls + WARM_UP)

    def run(self, seed: int, bench: Bench, tell: Tell) -> dict:
        """Builds, traces, times."""
        import tensorflow as tf

        begun = time.process_time()
        network = create_model(self.network, num_classes=1000)
        pixels = np.random.default_rng(0).integers(0, 256, (1, self.size, self.size, 3)).astype("float32")
        image, answer = tf.constant(pixels), tf.function(lambda one: network(one, training=False), autograph=False)
        times = []
        for _ in range(WARM_UP + self.calls):
            start = time.process_time()
            answer(image).numpy()
            times.append(1000 * (time.process_time() - start))
        taken = summarise(times[WARM_UP:])
        figures = {"latency_ms": taken.median, "low_ms": taken.low, "high_ms": taken.high, "calls": self.calls}
        seconds = time.process_time() - begun
        return {**counted(self.network, self.cost_size, 1000), **figures, "latency_size": self.size, "seconds": seconds}

"""The networks that `benchmarks/search.py` times and trains, and how."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product
from random import Random

import keras
import numpy as np
from sklearn.datasets import load_digits

from effnetv2_keras.configs import get_config
from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.data.manifest import Source, Split
from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.models import create_model
from effnetv2_keras.nas.point import Gene, Point
from effnetv2_keras.nas.proxy import Proxy
from effnetv2_keras.nas.space import SearchSpace
from effnetv2_keras.nas.spaces import SMALL
from effnetv2_keras.nas.step_time import StepTimer

BATCH = 32  # images a step of the trained networks
# six stages as wide as EfficientNetV2-B0's
TIMED = SearchSpace(get_config("efficientnetv2-b0"), layers=((1, 2, 3),) * 6)
# every network of it is trained: operator and expansion of three stages
TABLED = SearchSpace(SMALL, layers=((1,), (1,), (1,)), kernels=(3,))


def digits(per_class: int) -> Source:
    """Returns the scanned digits of scikit-learn, 8 x 8 px, a fifth of each class for validation."""
    loaded = load_digits()
    pixels = np.repeat((loaded.images * 255 / 16).astype("uint8")[..., None], 3, axis=-1)
    return open_source((pixels, loaded.target), max_per_class=per_class)


def time_networks(count: int, image_size: int, batch_size: int, seed: int = 0) -> Iterator[dict]:
    """Yields what is known of random networks: the table's figures, and the time of a step, measured twice."""
    proxy, random = Proxy(digits(20), image_size, 1, batch_size), Random(seed)
    for _ in range(count):
        point = TIMED.sample(random)
        config = TIMED.config(point)
        cost = profile(config, image_size, 10).total
        begun = time.process_time()
        classifier = proxy.classifier(config)
        first, again = proxy.step_seconds(classifier), proxy.step_seconds(classifier)
        yield {
            "network": str(point),
            "parameters": cost.parameters,
            "macs": cost.macs,
            "activations": cost.activations,
            "blocks": sum(gene.layers for gene in point.genes),
            "step_seconds": first,
            "step_seconds_again": again,
            "cpu_seconds_in_all": time.process_time() - begun,
        }
        keras.backend.clear_session()


def points(space: SearchSpace) -> list[Point]:
    """Returns every network of a space."""
    stages = [[Gene(*values) for values in product(*space.options(at).values())] for at in range(len(space.layers))]
    return [Point(genes) for genes in product(*stages)]


class Trainer:
    """Trains networks shortly on the digits, with nothing but Keras: its step is traced in a third of the time.

    Args:
        image_size: px.
        per_class: training images.
        epochs: of each network.
    """

    def __init__(self, image_size: int, per_class: int, epochs: int) -> None:
        source = digits(per_class)
        self.image_size, self.epochs, self.num_classes = image_size, epochs, source.num_classes
        self.train, self.validation = (self._arrays(split) for split in (source.train, source.validation))

    def _arrays(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        batches = make_dataset(split, 1000, image_size=self.image_size)
        images, labels = zip(*batches.as_numpy_iterator(), strict=True)
        return np.concatenate(images), np.concatenate(labels)

    def __call__(self, config: ModelConfig) -> dict:
        """Returns a network's accuracy, the time of its step and its parameters."""
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        begun = time.process_time()
        model = create_model(config, num_classes=self.num_classes)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(3e-3), loss, metrics=["accuracy"], jit_compile=False)
        timer = StepTimer()
        history = model.fit(
            *self.train,
            batch_size=BATCH,
            epochs=self.epochs,
            validation_data=self.validation,
            validation_freq=self.epochs,
            verbose=0,
            callbacks=[timer],
        )
        return {
            "accuracy": history.history["val_accuracy"][-1],
            "step_seconds": min(timer.seconds[2:]),
            "parameters": model.count_params(),
            "cpu_seconds_in_all": time.process_time() - begun,
        }

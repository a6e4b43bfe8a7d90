"""Batches that grow smaller as images grow larger, in one traced step."""

import keras
import numpy as np
import pytest
from small_networks import plain_network
from splits import grey_split

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow
from effnetv2_keras.configs.schedule import constant_schedule
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.progressive import ProgressiveCallback

SCHEDULE = PhaseList((PhaseRow(1, 32, randaugment=5, batch_size=6), PhaseRow(2, 48, randaugment=9, batch_size=4)))


class Watched(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


def test_each_phase_has_its_batch_size_and_the_photos_of_an_epoch():
    classifier = Watched(plain_network(num_classes=2), augmentation=Augmentation(operations=("Invert", "Rotate")))
    classifier.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    data = make_dataset(grey_split(12), SCHEDULE.batch_sizes, knobs=classifier.knobs)
    steps = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: steps.append(int(classifier.step.numpy())))
    callbacks = [ProgressiveCallback(SCHEDULE, verbose=0), watch]
    history = classifier.fit(data, epochs=3, callbacks=callbacks, verbose=0).history
    assert history["batch_size"] == [6.0, 4.0, 4.0]
    assert history["image_size"] == [32.0, 48.0, 48.0]
    assert steps == [2, 5, 8]
    assert classifier.traces == 1
    assert np.isfinite(history["loss"]).all()


def test_a_size_that_the_dataset_was_not_given_is_refused():
    classifier = Classifier(plain_network(num_classes=2))
    classifier.compile("sgd")
    data = make_dataset(grey_split(12), [6, 4], knobs=classifier.knobs)
    callbacks = [ProgressiveCallback(constant_schedule(1, 32, batch_size=8), verbose=0)]
    with pytest.raises(UsageError, match=r"Got: 8; the dataset's is 6, 4\."):
        classifier.fit(data, callbacks=callbacks, verbose=0)


def test_a_step_that_is_compiled_as_a_whole_is_refused():
    classifier = Classifier(plain_network(num_classes=2))
    classifier.compile("sgd", jit_compile=True)
    data = make_dataset(grey_split(12), SCHEDULE.batch_sizes, knobs=classifier.knobs)
    with pytest.raises(UsageError, match=r"jit_compile=False\)\. Got: jit_compile=True on 1\."):
        classifier.fit(data, epochs=3, callbacks=[ProgressiveCallback(SCHEDULE, verbose=0)], verbose=0)

import numpy as np
import pytest
import tensorflow as tf
from small_networks import plain_network
from splits import grey_split, photos_in

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.progressive import ProgressiveCallback


@pytest.mark.parametrize("has_callback", [False, True], ids=["without a callback", "with a callback"])
def test_two_epochs_of_one_fit_have_different_orders(has_callback):
    classifier = Classifier(plain_network(num_classes=2), augmentation=Augmentation(num_layers=0))
    classifier.compile("sgd")
    seen = []

    def watch(images, labels):
        def note(batch):
            seen.append(photos_in(batch))
            return np.float32(0)

        with tf.control_dependencies([tf.numpy_function(note, [images], tf.float32)]):
            return tf.identity(images), labels

    data = make_dataset(grey_split(12), 12, knobs=classifier.knobs, image_size=32).map(watch)
    schedule = ProgressiveSchedule(epochs=2, num_phases=1, image_size=32)
    callbacks = [ProgressiveCallback(schedule, verbose=0)] if has_callback else []
    classifier.fit(data, epochs=2, callbacks=callbacks, verbose=0)
    first, second = seen[-2:]  # the checks before the first step look at batches too
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second

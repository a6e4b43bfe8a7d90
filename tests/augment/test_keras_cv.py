"""Layers of keras-cv slot in. Runs where keras-cv is installed, which it is not by `[dev]`."""

import keras_cv
import numpy as np
import pytest

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed

pytestmark = pytest.mark.filterwarnings("ignore")  # those of a library at rest


def test_rand_augment_of_keras_cv_slots_in(photos, rows):
    layer = keras_cv.layers.RandAugment(value_range=(0, 255), magnitude=0.5, seed=1)
    augment = Augmentation(horizontal_flip=False, layers=(layer,))
    images, labels = augment(photos, rows(4), magnitude=0.0, mixup=0.0, cutmix=0.0, seed=StepSeed(0, 0))
    assert images.shape == photos.shape
    assert np.abs(images - photos).mean() > 1
    np.testing.assert_array_equal(labels, rows(4))


def test_mixup_of_keras_cv_changes_the_labels_too(photos, rows):
    augment = Augmentation(layers=(keras_cv.layers.MixUp(alpha=1.0, seed=2),))
    _, labels = augment(photos, rows(4), magnitude=5.0, mixup=0.0, cutmix=0.0, seed=StepSeed(0, 0))
    assert ((labels > 0) & (labels < 1)).numpy().any()
    np.testing.assert_allclose(np.sum(labels, axis=1), 1, atol=1e-6)

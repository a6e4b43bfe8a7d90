"""What is said must be what is seen: each operation is applied alone and compared."""

import numpy as np
import pytest

from effnetv2_keras.augment.describe import describe_operations
from effnetv2_keras.augment.operations import get_operations
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.rand_augment import rand_augment
from effnetv2_keras.augment.randomness import StepSeed


def test_the_named_operations_one_after_the_other_give_the_picture(photos, rows):
    augment = Augmentation(horizontal_flip=False, operations=("Rotate", "Posterize", "TranslateX", "Invert"))
    draw = augment.draw(4, StepSeed(3, 0))
    images, _ = augment.apply(photos, rows(4), draw, magnitude=9.0, mixup=0.0, cutmix=0.0)
    for image, names in enumerate(describe_operations(augment, draw, 9.0)):
        alone = photos[image : image + 1]
        for name, layer in zip(names, draw.policy, strict=True):
            only = layer._replace(
                operation=np.zeros(1, "int32"), sign=layer.sign[image : image + 1], place=layer.place[image : image + 1]
            )
            alone = rand_augment(alone, [only], 9.0, get_operations([name]))
        np.testing.assert_array_equal(images[image], alone[0])


def test_nothing_is_named_where_randaugment_is_off():
    augment = Augmentation()
    assert describe_operations(augment, augment.draw(3, StepSeed(0, 0)), 0.0) == [[], [], []]


@pytest.mark.parametrize(("chance", "expected"), [(0.0, ["Color", "Equalize"]), (0.5, ["Equalize"]), (0.7, [])])
def test_of_autoaugments_pair_those_are_named_that_act(chance, expected):
    augment = Augmentation(policy="autoaugment")
    draw = augment.draw(1, StepSeed(0, 0))
    steps = tuple(step._replace(chance=np.array([chance], "float32")) for step in draw.policy.steps)
    second = draw._replace(policy=draw.policy._replace(choice=np.array([1]), steps=steps))  # Color 0.4, Equalize 0.6
    assert describe_operations(augment, second, 10.0) == [expected]

"""Augmentation on the JAX backend: the same operations, with JAX's own stream of random numbers."""

from pathlib import Path

import numpy as np
import pytest

from effnetv2_keras.augment import geometry
from effnetv2_keras.augment.equalize import equalize
from effnetv2_keras.augment.erasing import noise_like
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed, uniform

GOLDEN = Path(__file__).parents[1] / "goldens" / "legacy_augment.npz"
EVERYTHING = {"cutout": 0.3, "erasing_rate": 0.5}


@pytest.fixture
def batch():
    random = np.random.default_rng(0)
    return lambda side: (
        random.integers(0, 256, (6, side, side, 3)).astype("uint8"),
        np.eye(5, dtype="float32")[random.integers(0, 5, 6)],
    )


@pytest.mark.parametrize("policy", ["randaugment", "autoaugment"])
def test_one_trace_a_size_serves_all_strengths_and_gives_what_eager_gives(batch, policy):
    import jax

    augment, traces = Augmentation(policy=policy, **EVERYTHING), []

    def step(images, labels, number, magnitude, mixup, cutmix):
        traces.append(images.shape)
        seed = StepSeed(3, number)
        return augment(images, labels, magnitude=magnitude, mixup=mixup, cutmix=cutmix, seed=seed)

    compiled = jax.jit(step)
    for side in (16, 24):
        for number, strengths in enumerate([(9.5, 0.2, 0.4), (0.0, 0.0, 0.0), (20.0, 0.0, 1.0)]):
            arguments = (*batch(side), np.int32(number), *(np.float32(strength) for strength in strengths))
            got = compiled(*arguments)
            seen = len(traces)
            for mine, eager in zip(got, step(*arguments), strict=True):
                np.testing.assert_allclose(mine, eager, atol=1e-3)
            del traces[seen:]
            np.testing.assert_allclose(np.sum(got[1], axis=1), 1, atol=1e-6)
    assert traces == [(6, 16, 16, 3), (6, 24, 24, 3)]


def test_alpha_0_and_magnitude_0_change_nothing(batch):
    images, labels = batch(16)
    augment = Augmentation(horizontal_flip=False)
    same = augment(images, labels, magnitude=0.0, mixup=0.0, cutmix=0.0, seed=StepSeed(0, 0))
    np.testing.assert_array_equal(same[0], images)
    np.testing.assert_array_equal(same[1], labels)


def test_a_step_repeats_its_draws_and_the_next_has_others():
    first, again, other = (np.asarray(uniform((50,), StepSeed(1, step))) for step in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.1


def test_pixels_are_those_of_the_legacy_libraries():
    golden = np.load(GOLDEN)
    picture = golden["picture"]
    matrix = geometry.rotate(np.array([-30], "float32"), *picture.shape[1:3])
    np.testing.assert_array_equal(geometry.warp(picture, matrix), golden["rotate_-30"])
    np.testing.assert_array_equal(equalize(picture.astype("float32")), golden["equalize"])


def test_noise_overflows_as_on_tensorflow():
    noise = np.asarray(noise_like(np.zeros((1, 1, 2, 3)), np.array([2**30 - 1], "int32"))).ravel()
    assert noise.tolist() == [160, 95, 6, 159, 50, 14]

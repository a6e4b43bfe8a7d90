import keras
import numpy as np
import pytest


@pytest.fixture
def perturb():
    """Gives a network weights and running statistics that leave no part without an effect.

    Kernels keep the variance of what they read, and scales are mostly below 1, as in trained networks. Drawn as
    released, kernels make logits of thousands out of such statistics; and with scales around 1 the 100 blocks of XL
    blow rounding up to 1e-5, in the network itself (against float64) as much as in its folded twin.
    """

    def perturb(model):
        rng = np.random.default_rng(0)
        draws = {
            "kernel": lambda shape: rng.normal(0.0, fan_in(shape) ** -0.5, shape),
            "gamma": lambda shape: rng.uniform(0.25, 1.0, shape),
            "beta": lambda shape: rng.normal(0.0, 0.2, shape),
            "bias": lambda shape: rng.normal(0.0, 0.2, shape),
            "moving_mean": lambda shape: rng.normal(0.0, 0.2, shape),
            "moving_variance": lambda shape: rng.uniform(0.5, 1.5, shape),
        }
        for weight in model.weights:
            if weight.name in draws:
                weight.assign(draws[weight.name](tuple(weight.shape)))
        return model

    return perturb


def fan_in(shape):
    """Returns how many numbers an output of this kernel is made of; a depthwise kernel ends with a 1."""
    return float(np.prod(shape[:-2] if shape[-1] == 1 else shape[:-1]))


@pytest.fixture
def images():
    """Makes random pixels (2, H, W, 3) in [0, 255]."""

    def images(height, width):
        return np.random.default_rng(1).integers(0, 256, (2, height, width, 3)).astype("float32")

    return images


@pytest.fixture
def relative_error():
    """Tells how far two outputs are from each other, relative to the largest value."""

    def relative_error(ours, theirs):
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))

    return relative_error


@pytest.fixture(autouse=True)
def clear_session():
    """Frees the networks of a test."""
    yield
    keras.backend.clear_session()

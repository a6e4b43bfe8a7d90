import numpy as np
import pytest

from effnetv2_keras.configs import ModelConfig, Stage


@pytest.fixture
def block():
    """Makes the second block of a one-stage network; the first one has the stride and changes the channels."""

    def block(operator, *, inputs=8, channels=8, kernel=3, stride=1, expand=4, se=0.0, **config):
        row = Stage(operator, kernel, stride, expand, channels, 1, se)
        return next(ModelConfig("one", (row,), stem=inputs, **config).blocks())

    return block


@pytest.fixture
def maps():
    """Makes a random map (B, H, W, C) of unit variance."""

    def maps(*shape):
        return np.random.default_rng(0).normal(size=shape).astype("float32")

    return maps

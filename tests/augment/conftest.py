"""Pictures to change, and the worlds to change them in."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib import cbook
from PIL import Image

WORLDS = {
    "eager": lambda function: function,
    "graph": lambda function: tf.function(function, autograph=False),
    "xla": lambda function: tf.function(function, autograph=False, jit_compile=True),
}


@pytest.fixture(params=WORLDS)
def world(request):
    """Wraps a function so that it runs eagerly, as a graph, or compiled."""
    return WORLDS[request.param]


@pytest.fixture(scope="session")
def photos():
    """Four pictures (4, 60, 52, 3) uint8: two cuts of a photo, noise, and a dark one with few levels."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        photo = Image.open(file).convert("RGB")
        face = photo.crop((140, 60, 400, 360)).resize((52, 60))
        chest = photo.crop((100, 300, 360, 600)).resize((52, 60))
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (60, 52, 3))
    dark = random.integers(20, 60, (60, 52, 3)) // 7 * 7
    return np.stack([np.asarray(face), np.asarray(chest), noise, dark]).astype("uint8")


@pytest.fixture
def rows():
    """Returns a function that makes `count` one-hot label rows of 5 classes."""
    return lambda count: keras.utils.to_categorical(np.arange(count) % 5, 5).astype("float32")

import numpy as np
import pytest

LABELS = ("blau", "grün", "red")


@pytest.fixture(scope="session")
def labels():
    """Names of the three classes, one not in ASCII."""
    return LABELS


@pytest.fixture
def images():
    """Five noise images (5, 32, 32, 3) uint8."""
    return np.random.default_rng(5).integers(0, 256, (5, 32, 32, 3)).astype("uint8")


@pytest.fixture
def expected(tiny_classifier, images):
    """What the Keras model says of the images: probabilities (5, 3)."""
    logits = np.asarray(tiny_classifier(images.astype("float32")), np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)

import numpy as np
import pytest
from uneven_network import digit_network, digits, uneven_twin

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


@pytest.fixture(scope="session")
def scans():
    """Digits to fit on and to test on."""
    return digits()


@pytest.fixture(scope="session")
def even(scans):
    """A network that reads them."""
    return digit_network(scans)


@pytest.fixture(scope="session")
def uneven(even):
    """Its twin with channels that are 64 times as large as others."""
    return uneven_twin(even, 64)


@pytest.fixture(scope="session")
def right(scans):
    """Returns the share of digits that probabilities (N, 10) are right about."""

    def right(scores):
        return float(np.mean(scores.argmax(axis=1) == scans.test_labels[: len(scores)]))

    return right

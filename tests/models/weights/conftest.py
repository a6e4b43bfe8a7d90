import pytest
from small_applications import build_applications


@pytest.fixture
def theirs(perturb):
    """Builds a network of keras.applications with random weights and statistics."""

    def theirs(name, **options):
        return perturb(build_applications(name, **options))

    return theirs

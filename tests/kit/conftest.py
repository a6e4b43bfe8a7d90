import pytest


@pytest.fixture(scope="session")
def labels():
    """Names of the three classes."""
    return ("blue", "green", "red")

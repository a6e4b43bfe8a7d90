import pytest

from effnetv2_keras.export.lite.float_file import Ends, converting
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.ranges import measure_ranges
from effnetv2_keras.export.subject import make_subject


@pytest.fixture(scope="session")
def uneven_file(uneven):
    """The twin as a float32 file."""
    with converting(make_subject(uneven, None, 32), Ends()) as converter:
        return converter.convert("float32")


@pytest.fixture(scope="session")
def uneven_ranges(uneven_file, scans):
    """What the twin computes of fifty digits, measured once; not to be changed."""
    return measure_ranges(LiteGraph(uneven_file), list(scans.fit[:50]))


@pytest.fixture
def graph(uneven_file):
    """The twin as a graph of its own."""
    return LiteGraph(uneven_file)


@pytest.fixture
def ranges(uneven_ranges):
    """The ranges, to be changed."""
    return type(uneven_ranges)(dict(uneven_ranges.low), dict(uneven_ranges.high))

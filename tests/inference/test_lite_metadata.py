import pytest
from bare_lite import convert_flat

from effnetv2_keras.export.lite_metadata import add_metadata
from effnetv2_keras.inference.lite_metadata import LiteDescription, read_description

LABELS = ["blue", "green", "red"]


@pytest.fixture(scope="module")
def bare():
    return convert_flat()[0]


def test_says_what_was_written(bare):
    tagged = add_metadata(bare, name="möwe", description="Two\nlines.", labels=LABELS, preprocessing="photos")
    assert read_description(tagged) == LiteDescription("möwe", "Two\nlines.", "1")


def test_a_file_without_metadata_says_nothing(bare):
    assert read_description(bare) is None

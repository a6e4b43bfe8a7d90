"""The tables of a TFLite file, and of the metadata inside it that MediaPipe reads.

Source: `schema.fbs` and `metadata_schema.fbs` of google-ai-edge/LiteRT and tensorflow/tflite-support.
"""

from __future__ import annotations

from enum import IntEnum
from types import ModuleType

IDENTIFIER = b"TFL3"
METADATA_ENTRY = "TFLITE_METADATA"  # the entry of a model's own metadata list that holds the buffer
METADATA_IDENTIFIER = b"M001"
PARSER_VERSION = "1.0.0"  # the oldest reader that knows all that is written here
LABELS_FILE, PREPROCESSING_FILE = "labels.txt", "preprocessing.txt"


def lite_schema() -> ModuleType:
    """Returns the readers and writers of a TFLite file's tables: LiteRT's where it is installed, else TensorFlow's."""
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError:
        from tensorflow.lite.python import schema_py_generated
    return schema_py_generated


class ModelSlot(IntEnum):
    """Fields of `ModelMetadata`."""

    NAME = 0
    DESCRIPTION = 1
    VERSION = 2
    SUBGRAPHS = 3
    PARSER_VERSION = 7


class SubgraphSlot(IntEnum):
    """Fields of `SubGraphMetadata`."""

    INPUTS = 2
    OUTPUTS = 3


class TensorSlot(IntEnum):
    """Fields of `TensorMetadata`."""

    NAME = 0
    DESCRIPTION = 1
    CONTENT = 3
    PROCESS_UNITS = 4
    STATS = 5
    FILES = 6


class UnionSlot(IntEnum):
    """Fields of `Content` and of `ProcessUnit`: which table it is, and the table."""

    KIND = 0
    TABLE = 1


class ImageSlot(IntEnum):
    """Fields of `ImageProperties`."""

    COLOUR_SPACE = 0


class NormalizationSlot(IntEnum):
    """Fields of `NormalizationOptions`."""

    MEAN = 0
    STD = 1


class StatsSlot(IntEnum):
    """Fields of `Stats`."""

    MAX = 0
    MIN = 1


class FileSlot(IntEnum):
    """Fields of `AssociatedFile`."""

    NAME = 0
    DESCRIPTION = 1
    KIND = 2


FEATURES, IMAGE = 1, 2  # kinds of `Content`
NORMALIZATION = 1  # kind of `ProcessUnit`
RGB = 1  # colour space of `ImageProperties`
AXIS_LABELS = 2  # kind of `AssociatedFile`: a name a class, in order

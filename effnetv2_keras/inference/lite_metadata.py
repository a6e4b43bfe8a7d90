"""The metadata in a TFLite file that MediaPipe reads: their tables, and what they say of the model.

Source: `metadata_schema.fbs` of tensorflow/tflite-support; MediaPipe brings the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from flatbuffers.table import Table

from effnetv2_keras.inference.lite_contents import lite_schema

METADATA_ENTRY = "TFLITE_METADATA"  # the entry of a model's own metadata list that holds the buffer
METADATA_IDENTIFIER = b"M001"
PARSER_VERSION = "1.0.0"  # the oldest reader that knows all that is written here
PREPROCESSING_FILE = "preprocessing.txt"


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


@dataclass(frozen=True, slots=True)
class LiteDescription:
    """What the metadata of a file say of its model; "" for what they leave out."""

    name: str
    description: str
    version: str


def read_description(content: bytes) -> LiteDescription | None:
    """Returns what the metadata of a TFLite file say of its model, None for a file without metadata."""
    model = lite_schema().Model.GetRootAs(content, 0)
    entries = (model.Metadata(i) for i in range(model.MetadataLength()))
    named = {(entry.Name() or b"").decode(): entry.Buffer() for entry in entries}
    if METADATA_ENTRY not in named:
        return None
    data = model.Buffers(named[METADATA_ENTRY]).DataAsNumpy().tobytes()
    table = Table(data, int.from_bytes(data[:4], "little"))
    return LiteDescription(*(_text(table, slot) for slot in (ModelSlot.NAME, ModelSlot.DESCRIPTION, ModelSlot.VERSION)))


def _text(table: Table, slot: int) -> str:
    offset = table.Offset(4 + 2 * slot)
    return table.String(table.Pos + offset).decode() if offset else ""

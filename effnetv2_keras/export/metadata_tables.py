"""The metadata of a TFLite file as a flatbuffer of their own, table by table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import flatbuffers
from flatbuffers import number_types

from effnetv2_keras.inference.lite_metadata import (
    AXIS_LABELS,
    FEATURES,
    IMAGE,
    METADATA_IDENTIFIER,
    NORMALIZATION,
    PARSER_VERSION,
    RGB,
    FileSlot,
    ImageSlot,
    ModelSlot,
    NormalizationSlot,
    StatsSlot,
    SubgraphSlot,
    TensorSlot,
    UnionSlot,
)

IN_PLACE = (0.0, 1.0)  # mean and deviation: pixels go in as they are
NUM_SLOTS = 8  # the most fields that a table here has
Put = Callable[[flatbuffers.Builder, int], None]


@dataclass(frozen=True, slots=True)
class Input:
    """An RGB image in [0, 255]."""

    name: str


@dataclass(frozen=True, slots=True)
class Output:
    """A row of scores, the file that names its places, and the smallest and largest score where they are known."""

    name: str
    labels_file: str
    limits: tuple[float, float] | None


def pack_metadata(name: str, description: str, version: str, image: Input, scores: Output) -> bytes:
    """Returns `ModelMetadata` with one subgraph, one input and one output."""
    builder = flatbuffers.Builder(1024)
    inputs = _offsets(builder, [_image_tensor(builder, image)])
    outputs = _offsets(builder, [_score_tensor(builder, scores)])
    subgraph = _table(builder, {SubgraphSlot.INPUTS: _at(inputs), SubgraphSlot.OUTPUTS: _at(outputs)})
    subgraphs = _offsets(builder, [subgraph])
    texts: dict[int, str] = {
        ModelSlot.NAME: name,
        ModelSlot.DESCRIPTION: description,
        ModelSlot.VERSION: version,
        ModelSlot.PARSER_VERSION: PARSER_VERSION,
    }
    fields: dict[int, Put] = {slot: _at(builder.CreateString(text)) for slot, text in texts.items()}
    builder.Finish(_table(builder, {**fields, ModelSlot.SUBGRAPHS: _at(subgraphs)}), METADATA_IDENTIFIER)
    return bytes(builder.Output())


def _image_tensor(builder: flatbuffers.Builder, image: Input) -> int:
    content = _union(builder, IMAGE, _table(builder, {ImageSlot.COLOUR_SPACE: _byte(RGB)}))
    mean, std = (_floats(builder, [value]) for value in IN_PLACE)
    options = _table(builder, {NormalizationSlot.MEAN: _at(mean), NormalizationSlot.STD: _at(std)})
    units = _offsets(builder, [_union(builder, NORMALIZATION, options)])
    text = builder.CreateString("RGB, values 0 to 255; normalised by the network itself")
    return _table(
        builder,
        {
            TensorSlot.NAME: _at(builder.CreateString(image.name)),
            TensorSlot.DESCRIPTION: _at(text),
            TensorSlot.CONTENT: _at(content),
            TensorSlot.PROCESS_UNITS: _at(units),
            TensorSlot.STATS: _at(_range(builder, 0.0, 255.0)),
        },
    )


def _score_tensor(builder: flatbuffers.Builder, scores: Output) -> int:
    content = _union(builder, FEATURES, _table(builder, {}))
    file: dict[int, Put] = {
        FileSlot.NAME: _at(builder.CreateString(scores.labels_file)),
        FileSlot.DESCRIPTION: _at(builder.CreateString("a name a class, in order")),
        FileSlot.KIND: _byte(AXIS_LABELS),
    }
    files = _offsets(builder, [_table(builder, file)])
    fields: dict[int, Put] = {
        TensorSlot.NAME: _at(builder.CreateString(scores.name)),
        TensorSlot.DESCRIPTION: _at(builder.CreateString("a score a class")),
        TensorSlot.CONTENT: _at(content),
        TensorSlot.FILES: _at(files),
    }
    if scores.limits is not None:
        fields[TensorSlot.STATS] = _at(_range(builder, *scores.limits))
    return _table(builder, fields)


def _range(builder: flatbuffers.Builder, low: float, high: float) -> int:
    most, least = _floats(builder, [high]), _floats(builder, [low])
    return _table(builder, {StatsSlot.MAX: _at(most), StatsSlot.MIN: _at(least)})


def _union(builder: flatbuffers.Builder, kind: int, table: int) -> int:
    return _table(builder, {UnionSlot.KIND: _byte(kind), UnionSlot.TABLE: _at(table)})


def _table(builder: flatbuffers.Builder, fields: Mapping[int, Put]) -> int:
    builder.StartObject(NUM_SLOTS)
    for slot, put in fields.items():
        put(builder, int(slot))
    return builder.EndObject()


def _at(offset: int) -> Put:
    return lambda builder, slot: builder.PrependUOffsetTRelativeSlot(slot, offset, 0)


def _byte(value: int) -> Put:
    return lambda builder, slot: builder.PrependUint8Slot(slot, value, 0)


def _offsets(builder: flatbuffers.Builder, tables: Sequence[int]) -> int:
    width = number_types.UOffsetTFlags.bytewidth
    builder.StartVector(width, len(tables), width)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return builder.EndVector()


def _floats(builder: flatbuffers.Builder, values: Sequence[float]) -> int:
    width = number_types.Float32Flags.bytewidth
    builder.StartVector(width, len(values), width)
    for value in reversed(values):
        builder.PrependFloat32(value)
    return builder.EndVector()

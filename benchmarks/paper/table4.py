"""EfficientNetV2-S, printed from its config.  Cost: none, nothing is measured."""

from __future__ import annotations

from effnetv2_keras.configs.registry import get_config
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.configs.table import stage_texts
from paper.experiment import Cell, Experiment, Lines, Measured
from paper.presets import Preset
from paper.printed import Printed, agrees, draw_lines
from paper.published import TABLE_4


def cells(preset: Preset) -> list[Cell]:
    """Returns a cell a row of the network."""
    rows = rows_of(get_config("efficientnetv2-s"))
    return [Cell("efficientnetv2-s", f"stage {number}", Printed(said(row))) for number, row in enumerate(rows)]


def rows_of(config: ModelConfig) -> list[tuple[str, ...]]:
    """Returns operator, stride, channels and layers of the stem, the stages and the head."""
    middle = [(str(stage.stride), str(stage.channels), str(stage.layers)) for stage in config.stages]
    numbers = [("2", str(config.stem), "1"), *middle, ("-", str(config.head), "1")]
    return [(text, *row) for text, row in zip(stage_texts(config), numbers, strict=True)]


def said(row: tuple[str, ...]) -> str:
    """Returns a row in words."""
    operator, stride, channels, layers = row
    return f"{operator}; stride {stride}, channels {channels}, layers {layers}"


def table(done: list[Measured]) -> Lines:
    """Returns a line a row."""
    rows = {f"stage {number}": said(row) for number, row in enumerate(TABLE_4)}
    return [{"": cell["way"], "here": cell["text"], "the paper": rows[cell["way"]]} for cell in done]


EXPERIMENT = Experiment(
    name="table4",
    title="The architecture of EfficientNetV2-S",
    source="Tan & Le 2021, Table 4",
    cells=cells,
    table=table,
    draw=draw_lines(table),
    verdict=lambda done: agrees(table(done), "here", "the paper"),
    is_counted=True,
)

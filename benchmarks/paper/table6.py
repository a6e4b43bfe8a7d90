"""The progressive schedules of EfficientNetV2-S, M and L, as the package has them.  Cost: none."""

from __future__ import annotations

from effnetv2_keras.configs.published_schedules import paper_schedule
from paper.experiment import Cell, Experiment, Lines, Measured
from paper.presets import Preset
from paper.printed import Printed, agrees, draw_lines
from paper.published import TABLE_6

SETTINGS = ("image_size", "randaugment", "mixup", "dropout")


def cells(preset: Preset) -> list[Cell]:
    """Returns a cell a model and setting: its value in the first and the last phase."""
    found = []
    for model in TABLE_6:
        phases = paper_schedule(model).phases
        for name in SETTINGS:
            ends = tuple(getattr(phase, name) for phase in (phases[0], phases[-1]))
            found.append(Cell(model, name, Printed(said(*ends))))
    return found


def said(first: float, last: float) -> str:
    """Returns the ends of a setting in words."""
    return f"{first:g} to {last:g}"


def table(done: list[Measured]) -> Lines:
    """Returns a line a model and setting."""
    published = {
        (model, name): said(*ends) for model, row in TABLE_6.items() for name, ends in zip(SETTINGS, row, strict=True)
    }
    return [
        {
            "model": cell["group"],
            "setting": cell["way"],
            "here": cell["text"],
            "the paper": published[cell["group"], cell["way"]],
        }
        for cell in done
    ]


EXPERIMENT = Experiment(
    name="table6",
    title="The settings of progressive training",
    source="Tan & Le 2021, Table 6",
    cells=cells,
    table=table,
    draw=draw_lines(table),
    verdict=lambda done: agrees(table(done), "here", "the paper"),
    is_counted=True,
)

"""Training at a smaller size than testing: EfficientNet-B6.  Cost: 6 minutes of CPU for `laptop`."""

from __future__ import annotations

from functools import partial

from progressive_figures import Row

from paper.experiment import Cell, Experiment, Measured
from paper.networks import get_network
from paper.presets import Preset
from paper.published import TABLE_2_SPEED
from paper.schedules import fixed
from paper.tables import compared, draw_courses, gain, rows_by
from paper.training import training

ROLE = "EfficientNet-B6"
LARGE, SMALL = "trained at the test size", "trained smaller"
PUBLISHED = (512, 380)  # px, of both trainings


def cells(preset: Preset) -> list[Cell]:
    """Returns both trainings, which are tested at the same size."""
    sizes = PUBLISHED if preset.is_published else (preset.side, preset.side * 3 // 4)
    network = get_network(ROLE, preset)
    return [
        Cell(ROLE, way, training(preset, network, fixed(preset, size), test_size=sizes[0], recipe="v1:efficientnet-b6"))
        for way, size in zip((LARGE, SMALL), sizes, strict=True)
    ]


def published(row: Row) -> str:
    """Returns what the paper says of a way."""
    return f"up to {TABLE_2_SPEED} times faster, slightly better" if row.way == SMALL else "not known"


def verdict(done: list[Measured]) -> str:
    """Compares speed and accuracy with the paper's words."""
    row = rows_by(done, LARGE)[ROLE, SMALL]
    word = "Agrees" if row.speed > 1 and row.ahead >= 0 else "Disagrees"
    said = f"up to {TABLE_2_SPEED} times, slightly better"
    return f"{word}: {row.speed:.2f} times faster, {gain(row)}; the paper says {said}."


EXPERIMENT = Experiment(
    name="table2",
    title="Training at a smaller size than testing",
    source="Tan & Le 2021, Table 2",
    cells=cells,
    table=partial(compared, beside=LARGE, published=published),
    draw=partial(draw_courses, beside=LARGE),
    verdict=verdict,
    note="a small network of EfficientNet's build on drawn letters",
)

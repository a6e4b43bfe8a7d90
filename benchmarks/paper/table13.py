"""Adaptive regularisation, with sizes that grow and with sizes that are drawn.

Cost: about 4 minutes of CPU a seed for `laptop`. A constant strength is a choice that the paper leaves open here: both
the middle of the ramp and its end, which training with one size would have, are run.
"""

from __future__ import annotations

from functools import partial

from progressive_figures import Row

from paper.experiment import Cell, Experiment, Measured
from paper.networks import get_network
from paper.presets import Preset
from paper.published import NOT_KNOWN, TABLE_13_GAIN
from paper.schedules import LAST, MIDDLE, progressive, random_resize
from paper.tables import compared, draw_courses, gain, is_clear, rows_by
from paper.training import training

ADAPTIVE = "adaptive"
STRENGTHS = {"constant, the ramp's end": LAST, "constant, its middle": MIDDLE, ADAPTIVE: None}
RESIZES = {"progressive": progressive, "random resize": random_resize}


def cells(preset: Preset) -> list[Cell]:
    """Returns a cell a way to resize and a strength; the sizes drawn are the same for all strengths.

    Short trainings that draw sizes are tested at the middle one: their few draws may never come near the largest.
    """
    network = get_network("EfficientNetV2-S" if preset.is_published else "ResNet-50", preset)
    middle = preset.side if preset.is_published else int(preset.sizes.between(MIDDLE))
    tested = {"progressive": preset.side, "random resize": middle}
    return [
        Cell(
            resize, way,
            training(preset, network, make(preset, strength=strength), test_size=tested[resize]),
        )
        for resize, make in RESIZES.items()
        for way, strength in STRENGTHS.items()
    ]  # fmt: skip


def published(row: Row) -> str:
    """Returns what the paper says of a way."""
    return f"+{TABLE_13_GAIN} points over constant" if row.way == ADAPTIVE else NOT_KNOWN


def verdict(done: list[Measured]) -> str:
    """Compares the gain of adaptive regularisation with the paper's."""
    said = []
    for (resize, way), row in rows_by(done, ADAPTIVE).items():
        if way != ADAPTIVE:
            word = "agrees" if row.ahead < 0 else "disagrees"
            clear = "" if is_clear(row) else ", within two standard errors or of one seed"
            said.append(f"{resize}, {way}: {word}, {gain(row)} against adaptive{clear}")
    return f"The paper has adaptive regularisation ahead by {TABLE_13_GAIN} points. {'; '.join(said)}."


EXPERIMENT = Experiment(
    name="table13",
    title="Adaptive regularisation",
    source="Tan & Le 2021, Table 13",
    cells=cells,
    table=partial(compared, beside=ADAPTIVE, published=published),
    draw=partial(draw_courses, beside=ADAPTIVE),
    verdict=verdict,
    note="a small network of ResNet's build on drawn letters, RandAugment 0.5 to 3 and dropout 0 to 0.15; "
    "drawn sizes are tested at 48 px, the middle of 32 to 64",
)

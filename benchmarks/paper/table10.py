"""EfficientNet-B7 and EfficientNetV2-M under the same progressive recipe.

Cost: 8 minutes of CPU a seed for `laptop`.
"""

from __future__ import annotations

from functools import partial

from progressive_figures import Row

from effnetv2_keras.configs.ramp import Ramp
from paper.experiment import Cell, Experiment, Measured
from paper.networks import get_network
from paper.presets import Preset
from paper.published import NOT_KNOWN, TABLE_10_B7
from paper.schedules import fixed, progressive
from paper.tables import compared, draw_courses, gain, rows_by
from paper.training import training

FIXED, B7, V2 = "B7, fixed", "B7, progressive", "V2-M, progressive"
ROLES = {FIXED: "EfficientNet-B7", B7: "EfficientNet-B7", V2: "EfficientNetV2-M"}
GROUP = "both"
LARGEST = 380  # px


def cells(preset: Preset) -> list[Cell]:
    """Returns the three trainings, at the same sizes."""
    sizes = Ramp(128, LARGEST) if preset.is_published else preset.sizes
    recipe = "paper:efficientnetv2-m"
    found = []
    for way, role in ROLES.items():
        schedule = fixed(preset, int(sizes.last)) if way == FIXED else progressive(preset, sizes)
        found.append(Cell(GROUP, way, training(preset, get_network(role, preset), schedule, recipe=recipe)))
    return found


def published(row: Row) -> str:
    """Returns the paper's hours and accuracy."""
    before, after, plain, better = TABLE_10_B7
    return {FIXED: f"{before} h, {plain} %", B7: f"{after} h, {better} %"}.get(row.way, NOT_KNOWN)


def verdict(done: list[Measured]) -> str:
    """Compares the gain of progressive learning on B7 with the paper's."""
    rows = rows_by(done, FIXED)
    b7, v2 = rows[GROUP, B7], rows[GROUP, V2]
    word = "Agrees" if b7.speed > 1 and b7.ahead >= 0 else "Disagrees"
    return (
        f"{word}: progressive learning trains the V1 network {b7.speed:.2f} times faster, {gain(b7)} (the paper: "
        f"{TABLE_10_B7[0] / TABLE_10_B7[1]:.1f} times, +0.3); the V2 network against V1's fixed training: "
        f"{v2.speed:.2f} times faster, {gain(v2)}."
    )


EXPERIMENT = Experiment(
    name="table10",
    title="V1 and V2 under the same progressive recipe",
    source="Tan & Le 2021, Table 10",
    cells=cells,
    table=partial(compared, beside=FIXED, published=published, told=("parameters", "macs")),
    draw=partial(draw_courses, beside=FIXED),
    verdict=verdict,
    note="small networks of both builds on drawn letters",
)

"""Progressive learning against a fixed size, on ResNets and an EfficientNet.

Cost: 6 minutes of CPU a seed for `laptop`; `paper` trains each network twice, 350 epochs of ImageNet.
"""

from __future__ import annotations

from functools import partial

from progressive_figures import Row

from effnetv2_keras.configs.ramp import Ramp
from paper.experiment import Cell, Experiment, Measured
from paper.networks import get_network
from paper.presets import Preset
from paper.published import NOT_KNOWN, TABLE_12_SPEED
from paper.schedules import fixed, progressive
from paper.tables import compared, draw_courses, gain, is_clear, rows_by
from paper.training import training

FIXED, PROGRESSIVE = "fixed", "progressive"
LARGEST = {"ResNet-50": 224, "ResNet-152": 380, "EfficientNet-B4": 380}  # px


def cells(preset: Preset) -> list[Cell]:
    """Returns two trainings a network."""
    found = []
    for role, largest in LARGEST.items():
        sizes = Ramp(preset.sizes.first, largest) if preset.is_published else preset.sizes
        network = get_network(role, preset)
        for way, schedule in ((FIXED, fixed(preset, int(sizes.last))), (PROGRESSIVE, progressive(preset, sizes))):
            found.append(Cell(role, way, training(preset, network, schedule)))
    return found


def published(row: Row) -> str:
    """Returns what the paper says of a way."""
    return f"{TABLE_12_SPEED[row.group]} times faster, accuracy up" if row.way == PROGRESSIVE else NOT_KNOWN


def verdict(done: list[Measured]) -> str:
    """Compares speed and accuracy with the paper's, network by network."""
    said = []
    for (role, way), row in rows_by(done, FIXED).items():
        if way == PROGRESSIVE:
            up = "up" if row.ahead > 0 else "down"
            clear = "" if is_clear(row) else ", within two standard errors or of one seed"
            word = "agrees" if row.speed > 1 and row.ahead > 0 else "disagrees"
            said.append(f"{role} {word}: {row.speed:.2f} times faster, accuracy {up} ({gain(row)}{clear})")
    return f"The paper has 1.4 to 2.2 times and accuracy up everywhere. {'; '.join(said)}."


EXPERIMENT = Experiment(
    name="table12",
    title="Progressive learning against a fixed size",
    source="Tan & Le 2021, Table 12",
    cells=cells,
    table=partial(compared, beside=FIXED, published=published),
    draw=partial(draw_courses, beside=FIXED),
    verdict=verdict,
    note="small networks of these builds on drawn letters; 'fixed' has the middle strength throughout",
)

"""Scaled-down EfficientNetV2 against EfficientNet, without progressive learning.

Cost: 6 minutes of CPU a seed for `laptop` (two sizes of small networks); `paper` trains B0 to B3 of both.
"""

from __future__ import annotations

from functools import partial

from effnetv2_keras.configs.registry import get_config
from effnetv2_keras.configs.scaling import scale
from effnetv2_keras.configs.schema import ModelConfig
from paper.experiment import Cell, Experiment, Measured
from paper.networks import V1, V2
from paper.presets import Preset
from paper.schedules import fixed
from paper.tables import compared, draw_courses, gain, nothing_known, rows_by
from paper.training import training

OLD, NEW = "V1", "V2"
#                  width, depth
SMALL = {"small": (1.0, 1.0), "larger": (1.2, 1.4)}
PUBLISHED = ("b0", "b1", "b2", "b3")


def pairs(preset: Preset) -> dict[str, tuple[ModelConfig, ModelConfig]]:
    """Returns networks of both versions by size."""
    if preset.is_published:
        return {size: (get_config(f"efficientnet-{size}"), get_config(f"efficientnetv2-{size}")) for size in PUBLISHED}
    return {
        size: (scale(V1, *factors, name=f"small-v1-{size}"), scale(V2, *factors, name=f"small-v2-{size}"))
        for size, factors in SMALL.items()
    }


def cells(preset: Preset) -> list[Cell]:
    """Returns a cell a size and version; a pair is trained at the same size of image."""
    found = []
    for size, pair in pairs(preset).items():
        side = pair[1].train_size if preset.is_published else preset.side
        for way, network in zip((OLD, NEW), pair, strict=True):
            found.append(
                Cell(size, way, training(preset, network, fixed(preset, side), recipe="released:efficientnetv2-b0"))
            )
    return found


def verdict(done: list[Measured]) -> str:
    """Says speed and accuracy of V2 against V1, size by size."""
    rows = [row for (_, way), row in rows_by(done, OLD).items() if way == NEW]
    said = "; ".join(f"{row.group}: {row.speed:.2f} times faster, {gain(row)}" for row in rows)
    word = "Agrees" if all(row.speed > 1 for row in rows) else "Disagrees"
    return f"{word}: V2 against V1 is {said}. The paper's numbers are not known here; its point is that V2 is faster."


EXPERIMENT = Experiment(
    name="table11",
    title="Scaled-down V2 against V1",
    source="Tan & Le 2021, Table 11",
    cells=cells,
    table=partial(compared, beside=OLD, published=nothing_known, told=("parameters", "macs")),
    draw=partial(draw_courses, beside=OLD),
    verdict=verdict,
    note="small networks of both builds on drawn letters",
)

"""One network made three to five times as costly by width, depth or resolution alone, or by all three at once.

Cost: about 7 minutes of CPU a seed for `laptop` (three bases, 12 epochs of 3,200 letters each); `paper` trains
15 networks of up to 1.6 G multiply-adds on ImageNet.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from effnetv2_keras.configs.compound import compound
from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.schema import ModelConfig
from paper.experiment import Cell, Experiment, Measured
from paper.networks import get_network, scaled_to
from paper.presets import Preset
from paper.schedules import MULTIPLE, fixed
from paper.tables import compared, draw_courses, gain, is_clear, nothing_known, rows_by
from paper.training import training

BASES = ("EfficientNet-B0", "MobileNetV2", "ResNet-50")
BASE, COMPOUND = "base", "compound"
WAYS = ("width", "depth", "resolution", COMPOUND)
PHI = 2.0  # of compound scaling: three to five times the multiply-adds of the base, by what is rounded
EXPLAINED = "EfficientNet-B0"
MAPS = 4  # pictures


def cells(preset: Preset) -> list[Cell]:
    """Returns a cell a base and way."""
    side = 224 if preset.is_published else int(preset.sizes.first)  # of the base
    epochs = preset.epochs if preset.is_published else preset.epochs // 2
    found = []
    for role in BASES:
        for way, network in scaled(get_network(role, preset).replace(eval_size=side), preset).items():
            schedule = fixed(preset, network.eval_size, epochs=epochs)
            maps = MAPS if role == EXPLAINED else 0
            work = training(preset, network, schedule, recipe="v1:efficientnet-b0", maps=maps)
            found.append(Cell(role, way, work))
    return found


def scaled(base: ModelConfig, preset: Preset) -> dict[str, ModelConfig]:
    """Returns the base, its compound scaling, and what costs as much by one dimension alone."""
    multiple = 4 if preset.is_published else MULTIPLE
    name = f"{base.name}-{COMPOUND}"
    largest = compound(PHI).apply(base.replace(train_size=None), name=name, multiple=multiple)
    macs = profile(largest).total.macs
    ways = {way: scaled_to(base, way, macs, base.eval_size, multiple) for way in WAYS[:-1]}
    return {BASE: base, **ways, COMPOUND: largest}


def verdict(done: list[Measured]) -> str:
    """Asks of every base whether compound scaling came out first."""
    rows = rows_by(done, COMPOUND)
    said = []
    for role in dict.fromkeys(cell["group"] for cell in done):
        others = [rows[role, way] for way in WAYS[:-1] if (role, way) in rows]
        if not others or (role, COMPOUND) not in rows:
            continue
        best = max(others, key=lambda row: row.accuracy)
        agrees = best.accuracy < rows[role, COMPOUND].accuracy
        clear = "" if is_clear(best) else ", within two standard errors or of one seed"
        said.append(f"{role} {'agrees' if agrees else 'disagrees'} ({best.way} alone {gain(best)}{clear})")
    return f"The paper finds compound scaling best at equal cost. Best single way against it: {'; '.join(said)}."


def draw(done: list[Measured], path: Path) -> None:
    """Draws accuracy over CPU seconds."""
    draw_courses(done, path, COMPOUND)


EXPERIMENT = Experiment(
    name="v1_scaling",
    title="Single-dimension scaling against compound scaling",
    source="Tan & Le 2019, sections 3 and 5.1, Figures 3 and 8",
    cells=cells,
    table=partial(compared, beside=COMPOUND, published=nothing_known, told=("side", "parameters", "macs")),
    draw=draw,
    verdict=verdict,
    note="small networks on drawn letters; single ways are scaled to the multiply-adds of the compound one",
)

"""Fused-MBConv in more and more stages of EfficientNet-B4: parameters, multiply-adds, step time.

Cost: about 5 minutes of CPU for `laptop` (B4 itself, 128 px, 8 images a step), half a minute for `tiny`, which takes a
small network of the same build. `paper` times steps at 380 px and trains every placement, 350 epochs of ImageNet.
"""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.configs.placement import with_operator
from effnetv2_keras.configs.registry import get_config
from effnetv2_keras.configs.schema import ModelConfig
from paper.costs import Step
from paper.experiment import Cell, Experiment, Lines, Measured
from paper.networks import V1
from paper.pictures import bars
from paper.presets import Preset
from paper.published import NOT_KNOWN
from paper.schedules import fixed
from paper.training import training

NONE = "none"
STEPS, TRAINED = "step", "accuracy"
#           network                         px    batch steps  px of the multiply-adds
SETTINGS = {
    "tiny":   (V1,                          32,   8,    2,     64),
    "laptop": (get_config("efficientnet-b4"), 128, 8,   5,     380),
    "paper":  (get_config("efficientnet-b4"), 380, 32,  20,    380),
}  # fmt: skip


def placements(network: ModelConfig) -> dict[str, ModelConfig]:
    """Returns the four rows: no fused stage, the first three, the first five or so, all."""
    count = len(network.stages)
    rows = {NONE: network}
    for last in dict.fromkeys((min(3, count - 1), min(5, count - 1), count)):
        stages = range(1, last + 1)
        rows[f"stages 1-{last}"] = with_operator(network, "fused", stages, name=f"{network.name}-fused-{last}")
    return rows


def cells(preset: Preset) -> list[Cell]:
    """Returns the timing of each row, and under `paper` its training."""
    network, size, batch, steps, cost_size = SETTINGS[preset.name]
    rows = placements(network)
    found = [Cell(STEPS, way, Step(one, size, batch, steps, cost_size)) for way, one in rows.items()]
    if preset.is_published:
        schedule = fixed(preset, network.eval_size)
        recipe = "v1:efficientnet-b4"
        found += [Cell(TRAINED, way, training(preset, one, schedule, recipe=recipe)) for way, one in rows.items()]
    return found


def table(done: list[Measured]) -> Lines:
    """Returns a line a row, and what it has over the row without a fused stage."""
    first, *_ = steps = [cell for cell in done if cell["group"] == STEPS]
    accuracy = {cell["way"]: f"{cell['accuracy']:.2%}" for cell in done if cell["group"] == TRAINED}
    return [
        {
            "fused": cell["way"],
            "parameters, M": f"{cell['parameters'] / 1e6:.2f}",
            f"multiply-adds at {cell['size']} px, G": f"{cell['macs'] / 1e9:.3g}",
            "n": str(cell["step_count"]),
            f"fastest step of {cell['step_batch']} at {cell['step_size']} px, CPU s": f"{cell['step_seconds']:.3g}",
            "times faster than none": f"{first['step_seconds'] / cell['step_seconds']:.2f}",
            "accuracy": accuracy.get(cell["way"], "not trained here"),
            "the paper's cells": NOT_KNOWN,
        }
        for cell in steps
    ]


def verdict(done: list[Measured]) -> str:
    """Asks whether fusing the first three stages is fastest, and whether more costs ever more."""
    steps = {cell["way"]: cell for cell in done if cell["group"] == STEPS}
    fastest = min(steps, key=lambda way: steps[way]["step_seconds"])
    sizes = [cell["parameters"] for cell in steps.values()]
    grows = sizes[1:] == sorted(sizes[1:])
    agrees = fastest == list(steps)[min(1, len(steps) - 1)] and grows
    return (
        f"{'Agrees' if agrees else 'Disagrees'}: fastest here is {fastest!r}; the paper finds the first three stages "
        f"fastest and most accurate, and steep growth beyond (here up to {max(sizes) / sizes[0]:.1f} times the "
        "parameters)."
    )


def draw(done: list[Measured], path: Path) -> None:
    """Draws a bar a row."""
    steps = [cell for cell in done if cell["group"] == STEPS]
    panels = [
        ("parameters, M", [cell["parameters"] / 1e6 for cell in steps]),
        ("multiply-adds, G", [cell["macs"] / 1e9 for cell in steps]),
        ("step, CPU s", [cell["step_seconds"] for cell in steps]),
    ]
    bars([cell["way"] for cell in steps], panels, path)


EXPERIMENT = Experiment(
    name="table3",
    title="Where Fused-MBConv pays: EfficientNet-B4",
    source="Tan & Le 2021, Table 3",
    cells=cells,
    table=table,
    draw=draw,
    verdict=verdict,
    note="step time on a CPU, where depthwise convolutions cost otherwise than on a TPU or GPU; no accuracy",
)

"""Image size against the magnitude of RandAugment: which strength suits which size.

Cost: 5 minutes of CPU a seed for `laptop`. The published grid is not known here: its ends are those of Table 6's
EfficientNetV2-S, 128 to 300 px and magnitudes 5 to 15, with the middles between.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
from progressive_figures import points, standard_error

from effnetv2_keras.configs.schedule import constant_schedule
from paper.experiment import Cell, Experiment, Lines, Measured
from paper.networks import get_network
from paper.pictures import save
from paper.presets import Preset
from paper.published import NOT_KNOWN
from paper.tables import mean
from paper.training import training

ENDS = (0.0, 0.5, 1.0)


def cells(preset: Preset) -> list[Cell]:
    """Returns the grid; each training is tested at its own size."""
    multiple = 1 if preset.is_published else 8
    network = get_network("EfficientNetV2-S" if preset.is_published else "ResNet-50", preset)
    found = []
    for place in ENDS:
        size = int(preset.sizes.between(place)) // multiple * multiple
        for end in ENDS:
            magnitude = preset.randaugment.between(end)
            schedule = constant_schedule(
                preset.epochs, size, randaugment=magnitude, dropout=preset.dropout.between(0.5)
            )
            found.append(Cell(f"{size} px", f"{magnitude:g}", training(preset, network, schedule)))
    return found


def means(done: list[Measured]) -> dict[str, dict[str, list[float]]]:
    """Returns the accuracies of all seeds by size and magnitude."""
    grid: dict[str, dict[str, list[float]]] = {}
    for cell in done:
        grid.setdefault(cell["group"], {}).setdefault(cell["way"], []).append(cell["accuracy"])
    return grid


def table(done: list[Measured]) -> Lines:
    """Returns a line a size."""
    return [
        {
            "size": size,
            **{f"magnitude {way}": points(mean(found), standard_error(found)) for way, found in row.items()},
            "n": str(max(map(len, row.values()))),
            "the paper's cells": NOT_KNOWN,
        }
        for size, row in means(done).items()
    ]


def verdict(done: list[Measured]) -> str:
    """Asks whether the best magnitude grows with the size."""
    grid = means(done)
    best = {size: max(row, key=lambda way: mean(row[way])) for size, row in grid.items()}
    order = [float(way) for way in best.values()]
    word = "Agrees" if order == sorted(order) and order[0] < order[-1] else "Disagrees"
    said = ", ".join(f"{way} at {size}" for size, way in best.items())
    return f"{word}: best magnitudes are {said}; the paper says that larger images want stronger augmentation."


def draw(done: list[Measured], path: Path) -> None:
    """Draws a line a size."""
    figure, panel = plt.subplots(figsize=(5, 3.8), layout="constrained")
    for size, row in means(done).items():
        panel.plot([float(way) for way in row], [100 * mean(found) for found in row.values()], marker="o", label=size)
    panel.set(xlabel="RandAugment magnitude", ylabel="test accuracy, %")
    panel.grid(alpha=0.3)
    panel.legend()
    save(figure, path)


EXPERIMENT = Experiment(
    name="table5",
    title="Image size and the strength of RandAugment",
    source="Tan & Le 2021, Table 5",
    cells=cells,
    table=table,
    draw=draw,
    verdict=verdict,
    note="a small network of ResNet's build on drawn letters, operations that leave a letter what it is",
)

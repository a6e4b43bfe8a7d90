"""Where the differently scaled networks look: Grad-CAM, rows are images, columns networks.

Cost: none beside that of `v1_scaling`, whose first seed has the maps.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from progressive_cells import resized

from effnetv2_keras.explain.colours import overlay
from paper import v1_scaling
from paper.experiment import Cell, Experiment, Lines, Measured
from paper.heat import unpacked
from paper.pictures import save
from paper.presets import Preset
from paper.published import NOT_KNOWN

WARM = 0.5  # of the warmest place


def cells(preset: Preset) -> list[Cell]:
    """Returns the cells of the base that is explained."""
    return [cell for cell in v1_scaling.cells(preset) if cell.group == v1_scaling.EXPLAINED]


def first_seed(done: list[Measured]) -> list[Measured]:
    """Returns a cell a network."""
    return [cell for cell in done if cell["seed"] == 0]


def table(done: list[Measured]) -> Lines:
    """Returns a line a network: how much of a picture is warm, and how sure it is of the right class."""
    return [
        {
            "network": cell["way"],
            "px": str(cell["side"]),
            "map": " x ".join(map(str, np.shape(cell["maps"])[1:])),
            "accuracy, %": f"{100 * cell['accuracy']:.1f}",
            "share of the picture that is warm": f"{(np.array(cell['maps']) > WARM).mean():.2f}",
            "score of the right class, mean": f"{np.mean(cell['scores']):.2f}",
            "the paper": NOT_KNOWN,
        }
        for cell in first_seed(done)
    ]


def draw(done: list[Measured], path: Path) -> None:
    """Draws every picture with the heat of every network over it."""
    shown = first_seed(done)
    count = len(shown[0]["pictures"])
    figure, panels = plt.subplots(
        count, len(shown), figsize=(1.8 * len(shown), 1.8 * count + 0.4), layout="constrained", squeeze=False
    )
    for column, cell in zip(panels.T, shown, strict=True):
        for panel, text, heat, score in zip(column, cell["pictures"], cell["maps"], cell["scores"], strict=True):
            image = unpacked(text)
            grey = np.repeat(np.rint(255 * np.array(heat))[None, ..., None], 3, axis=-1)
            panel.imshow(overlay(image, resized(grey, len(image))[0, ..., 0] / 255))
            panel.set(xticks=[], yticks=[])
            panel.set_xlabel(f"{score:.2f}", fontsize=8)
        column[0].set_title(f"{cell['way']}, {cell['side']} px", fontsize=9)
    save(figure, path)


EXPERIMENT = Experiment(
    name="v1_maps",
    title="Where differently scaled networks look",
    source="Tan & Le 2019, section 5.3, Figure 7",
    cells=cells,
    table=table,
    draw=draw,
    verdict=lambda done: (
        "The paper says that the compound network looks at more relevant regions with more detail; four pictures and "
        "one seed cannot settle that, they are to be looked at. Under each picture: the score of the right class."
    ),
    note="Grad-CAM in place of class activation maps; small networks, drawn letters in fonts new to them",
)

"""What each phase of a schedule does to a photo, to be looked at before it is trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from effnetv2_keras.augment.gallery import augment_samples
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.schedule import REGULARISATION, Phase, Schedule
from effnetv2_keras.files.atomic import write_whole

DPI = 110  # a picture is about 150 px wide: what nearest neighbour does to edges can be seen
SHOWN = ("randaugment", "mixup", "cutmix")  # the rates of dropout show in no picture


def draw_augment_gallery(
    images: list[np.ndarray],
    schedule: Schedule,
    path: Path,
    *,
    columns: int = 8,
    augmentation: Augmentation | None = None,
    seed: int = 0,
) -> None:
    """Writes a PNG: a row a phase with its settings beside it, a column a random draw.

    Over each picture stand its operations and how much of another picture is mixed into it.

    Args:
        images: one or more pictures (H, W, 3) uint8.
        schedule: gives image size, RandAugment, MixUp and CutMix of each row.
        path: the file to write.
        columns: draws a phase.
        augmentation: what is done; by default flip and RandAugment.
        seed: of the draws.

    Raises:
        UsageError: if a picture is not (H, W, 3).
    """
    rows = augment_samples(images, schedule.phases, columns=columns, augmentation=augmentation, seed=seed)
    figure = Figure(figsize=(1.5 * columns + 1.6, 1.8 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(rows), columns, squeeze=False)
    for phase, row, line in zip(schedule.phases, rows, panels, strict=True):
        line[0].set_ylabel(_settings(phase), rotation=0, ha="right", va="center", fontsize=9)
        for panel, image, caption in zip(line, row.images, row.captions, strict=True):
            panel.imshow(image)
            panel.set(xticks=[], yticks=[])
            panel.set_title(caption, fontsize=6.5, pad=2)
    write_whole(path, lambda aside: figure.savefig(aside, dpi=DPI, format="png"))


def _settings(phase: Phase) -> str:
    lines = [f"phase {phase.index}", f"{phase.image_size} px"]
    for name in SHOWN:
        value = getattr(phase, name)
        if value:
            lines.append(f"{name} {REGULARISATION[name][1].format(value)}")
    return "\n".join(lines)

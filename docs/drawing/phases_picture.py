"""Draws images/phases.png, the front page's picture: what the phases of a schedule do to one picture.

    python docs/drawing/phases_picture.py

The picture is drawn here, so it is nobody's photo; what is done to it is done by the package.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import effnetv2_keras as ev2
from effnetv2_keras.augment.gallery import augment_samples
from effnetv2_keras.files.atomic import write_whole

TO = Path(__file__).resolve().parents[1] / "images" / "phases.png"
SCHEDULE = ev2.ProgressiveSchedule(
    epochs=20, num_phases=4, image_size=ev2.Ramp(64, 128), randaugment=ev2.Ramp(2, 14), dropout=ev2.Ramp(0.1, 0.3)
)
SIDE = 480  # px of the drawing
STRIPES = ("#d7263d", "#f4a259", "#f7e1a0", "#2e86ab", "#f7e1a0", "#f4a259", "#d7263d")
SEED = 3
GREY = "#7d7d7d"  # is read on light and dark pages
ZOOM, GAP, TEXT = 2, 24, 64  # times, px, px


def main() -> None:
    samples = augment_samples([scene()], SCHEDULE.phases, columns=1, seed=SEED)
    widths = [ZOOM * phase.image_size for phase in SCHEDULE.phases]
    width, height = sum(widths) + GAP * (len(widths) - 1), widths[-1] + TEXT
    figure = plt.figure(figsize=(width / 100, height / 100), dpi=100, facecolor="none")
    left = 0
    for phase, row, side in zip(SCHEDULE.phases, samples, widths, strict=True):
        place = figure.add_axes((left / width, TEXT / height, side / width, side / height))
        place.imshow(row.images[0], interpolation="nearest")
        place.axis("off")
        knobs = (f"{phase.image_size} px", f"RandAugment {phase.randaugment:g}", f"dropout {phase.dropout:.2f}")
        figure.text(
            left / width, (TEXT - 8) / height, "\n".join(knobs), fontsize=8.5, va="top", linespacing=1.4, color=GREY
        )
        left += side + GAP
    write_whole(TO, lambda path: figure.savefig(path, format="png", metadata={"Software": None}))


def scene() -> np.ndarray:
    """Draws a balloon over hills, (SIDE, SIDE, 3) uint8."""
    rise = np.linspace(0, 1, SIDE)[:, None, None]
    sky = np.array([94, 156, 211]) * (1 - rise) + np.array([253, 226, 190]) * rise
    picture = Image.fromarray(np.broadcast_to(sky, (SIDE, SIDE, 3)).astype("uint8"))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((365, 60, 425, 120), fill="#fff4d6")
    across = np.arange(SIDE)
    for base, height, wave, colour in ((370, 34, 95, "#7ea172"), (410, 26, 60, "#557c55"), (445, 16, 43, "#34533a")):
        ridge = base - height * np.sin(across / wave + base)
        draw.polygon([(0, SIDE), *zip(across.tolist(), ridge.tolist(), strict=True), (SIDE, SIDE)], fill=colour)
    width = 190
    for number, colour in enumerate(STRIPES):
        inset = number * width / len(STRIPES) / 2
        draw.ellipse((130 + inset, 60, 130 + width - inset, 270), fill=colour)
    draw.polygon([(172, 250), (278, 250), (246, 298), (204, 298)], fill=STRIPES[0])
    for x in (206, 244):
        draw.line((x, 296, x + (3 if x < 225 else -3), 330), fill="#3b2f2f", width=3)
    draw.rectangle((206, 328, 244, 354), fill="#8a5a33")
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(1)))


if __name__ == "__main__":
    main()

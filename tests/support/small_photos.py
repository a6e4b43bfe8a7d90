"""Photos that a small network learns in seconds."""

from __future__ import annotations

import numpy as np
from PIL import Image

COLOURS = {"blue": (30, 60, 200), "green": (40, 180, 60), "red": (210, 40, 40)}


def write_photos(folder, count, side=40, seed=0):
    """Writes `count` noisy JPEG photos a class, each with a square of the class's colour."""
    rng = np.random.default_rng(seed)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.clip(rng.normal(128, 20, (side, side, 3)), 0, 255)
            top, left = rng.integers(0, side // 4, 2)
            pixels[top : top + side * 3 // 4, left : left + side * 3 // 4] = colour
            Image.fromarray(pixels.astype("uint8")).save(folder / name / f"{number:02d}.jpg", quality=95)
    return folder

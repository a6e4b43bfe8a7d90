"""Writes photos to try things on: handwritten digits in cluttered colour scenes, JPEG files in class folders.

    python examples/digit_scenes.py photos

The digits are the 1,797 scans of scikit-learn's `load_digits`. Each scan stands in several scenes, at another place,
size, angle and colour. A scan of the test scenes is in no training scene. One photo in ten is stored turned, with an
EXIF tag that says so, as phones do.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SIDE = 96  # px
TEST_SHARE = 0.2  # of the scans
ORIENTATION = 0x0112
#  EXIF value and the turn that was undone to store the photo
TURNS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--scenes", type=int, default=3, help="training scenes a scan")
    parser.add_argument("--test-scenes", type=int, default=2, help="test scenes a scan")
    parser.add_argument("--scans", type=int, default=None, help="use the first scans only")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    written = write_scenes(
        options.directory, (options.scenes, options.test_scenes), scans=options.scans, seed=options.seed
    )
    print(f"wrote {written} photos to {options.directory}")


def write_scenes(directory: Path, scenes: tuple[int, int], scans: int | None = None, seed: int = 0) -> int:
    """Writes `directory/train` and `directory/test` with `scenes` of each and returns the number of files."""
    digits = load_digits()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(digits.images))[:scans]
    num_test = round(len(order) * TEST_SHARE)
    written = 0
    for split, chosen, count in (("test", order[:num_test], scenes[1]), ("train", order[num_test:], scenes[0])):
        for scan in chosen:
            folder = directory / split / NAMES[digits.target[scan]]
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                save(scene(digits.images[scan], rng), folder / f"scan{scan:04d}_{number}.jpg", rng)
                written += 1
    return written


def scene(scan: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Draws a scan (8, 8) in [0, 16] into a scene of its own."""
    paper = rng.integers(130, 250, 3)
    picture = Image.fromarray(shaded(paper, rng))
    pen = ImageDraw.Draw(picture)
    for _ in range(rng.integers(2, 6)):
        clutter(pen, rng)
    ink = tuple(int(c) for c in rng.integers(0, 100, 3))
    mask = digit_mask(scan, int(rng.integers(36, 64)), rng.uniform(-12, 12))
    place = (int(rng.integers(0, SIDE - mask.width + 1)), int(rng.integers(0, SIDE - mask.height + 1)))
    picture.paste(ink, place, mask)
    grain = rng.normal(0, rng.uniform(0, 8), (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


def digit_mask(scan: np.ndarray, side: int, angle: float) -> Image.Image:
    """Enlarges a scan to `side` px, turned by `angle` degrees; white where there is ink."""
    small = Image.fromarray((scan / 16 * 255).astype(np.uint8))
    large = small.resize((side, side), Image.Resampling.BICUBIC).rotate(angle, Image.Resampling.BICUBIC, expand=True)
    contrast = np.clip((np.asarray(large, np.float32) - 70) * 2.2, 0, 255)
    mask = Image.fromarray(contrast.astype(np.uint8))
    return mask.resize((min(mask.width, SIDE), min(mask.height, SIDE)))


def shaded(colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns paper of one colour, lighter towards one side."""
    slope = rng.uniform(-20, 20, 2)
    y, x = np.mgrid[-0.5 : 0.5 : SIDE * 1j, -0.5 : 0.5 : SIDE * 1j]
    return np.clip(colour + (slope[0] * y + slope[1] * x)[..., None], 0, 255).astype(np.uint8)


def clutter(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Draws a thin line or an ellipse of any colour."""
    xs, ys = np.sort(rng.integers(0, SIDE, (2, 2)), axis=1)
    colour = tuple(int(c) for c in rng.integers(0, 256, 3))
    if rng.random() < 0.5:
        pen.line([*zip(rng.permutation(xs), ys, strict=True)], fill=colour, width=int(rng.integers(1, 3)))
    else:
        pen.ellipse([*zip(xs, ys, strict=True)], outline=colour)


def save(picture: Image.Image, path: Path, rng: np.random.Generator) -> None:
    """Writes a JPEG file; one in ten is stored turned."""
    exif = Image.Exif()
    if rng.random() < 0.1:
        orientation = int(rng.choice(list(TURNS)))
        exif[ORIENTATION] = orientation
        picture = picture.transpose(TURNS[orientation])
    picture.save(path, quality=90, exif=exif)


if __name__ == "__main__":
    main()

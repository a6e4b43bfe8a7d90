"""How far each operation of RandAugment is from Pillow: the table in docs/methods/augmentation.md.

    python benchmarks/augment_parity.py            # ten seconds, any machine
    python benchmarks/augment_parity.py --tiny     # one magnitude

Adaptive mode at magnitudes 1 to 30, both signs, on the two photos of scikit-learn and the one of matplotlib, 224 px.
Shears and translations are compared with `Image.transform`, half a pixel of slope taken off, because Pillow measures
from the corner of the first pixel and the released code from its middle.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from matplotlib import cbook
from PIL import Image, ImageDraw, ImageEnhance, ImageOps
from sklearn.datasets import load_sample_images

from effnetv2_keras.augment import geometry
from effnetv2_keras.augment.level import Level
from effnetv2_keras.augment.operations import RELEASED_LIST, get_operations

SIDE = 224
GREY = (128, 128, 128)
Change = Callable[..., Image.Image]


def affine(photo: Image.Image, *data: float) -> Image.Image:
    return photo.transform(photo.size, Image.Transform.AFFINE, data, fillcolor=GREY)


def cutout(photo: Image.Image, half: float, place: np.ndarray) -> Image.Image:
    y, x = (int(part * SIDE) for part in place)
    photo = photo.copy()
    if half:
        ImageDraw.Draw(photo).rectangle((x - half, y - half, x + half - 1, y + half - 1), fill=GREY)
    return photo


def solarize_add(photo: Image.Image, addition: float) -> Image.Image:
    return photo.point([min(level + int(addition), 255) if level < 128 else level for level in range(256)] * 3)


# fmt: off
PILLOW: dict[str, Change] = {
    "AutoContrast": ImageOps.autocontrast,
    "Equalize":     ImageOps.equalize,
    "Invert":       ImageOps.invert,
    "Rotate":       lambda photo, degrees: photo.rotate(degrees, fillcolor=GREY),
    "Posterize":    lambda photo, bits: ImageOps.posterize(photo, int(bits)),
    "Solarize":     ImageOps.solarize,
    "Color":        lambda photo, factor: ImageEnhance.Color(photo).enhance(factor),
    "Contrast":     lambda photo, factor: ImageEnhance.Contrast(photo).enhance(factor),
    "Brightness":   lambda photo, factor: ImageEnhance.Brightness(photo).enhance(factor),
    "Sharpness":    lambda photo, factor: ImageEnhance.Sharpness(photo).enhance(factor),
    "ShearX":       lambda photo, slope: affine(photo, 1, slope, -slope / 2, 0, 1, 0),
    "ShearY":       lambda photo, slope: affine(photo, 1, 0, 0, slope, 1, -slope / 2),
    "TranslateX":   lambda photo, pixels: affine(photo, 1, 0, pixels, 0, 1, 0),
    "TranslateY":   lambda photo, pixels: affine(photo, 1, 0, 0, 0, 1, pixels),
    "Cutout":       cutout,
    "SolarizeAdd":  solarize_add,
}
# fmt: on


def load_photos() -> list[Image.Image]:
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        photos = [Image.open(file).convert("RGB")]
    photos += [Image.fromarray(image) for image in load_sample_images().images]
    return [ImageOps.fit(photo, (SIDE, SIDE)) for photo in photos]


def compare(name: str, photos: list[Image.Image], magnitudes: list[float]) -> tuple[float, float, float]:
    """Returns the largest and the mean difference in levels, and the part of the pixels that differ."""
    (row,) = get_operations([name])
    batch = np.stack([np.asarray(photo) for photo in photos])
    count, gaps = len(photos), []
    for magnitude in magnitudes:
        for sign in (-1.0, 1.0):
            place = np.full((count, 2), 0.4, "float32")
            level = Level(np.full(count, magnitude, "float32"), np.full(count, sign, "float32"), place, SIDE, SIDE)
            arguments = row.arguments(level)
            if row.moves:
                ours = geometry.warp(batch, row.apply(*arguments, SIDE, SIDE))
            else:
                ours = row.apply(batch.astype("float32"), *arguments)
            numbers = [np.asarray(argument)[0] for argument in arguments]
            numbers = [float(number) if np.ndim(number) == 0 else number for number in numbers]
            theirs = np.stack([np.asarray(PILLOW[name](photo, *numbers)) for photo in photos])
            gaps.append(np.abs(np.asarray(ours, "float32") - theirs))
    gap = np.stack(gaps)
    return gap.max(), gap.mean(), (gap > 0).any(axis=-1).mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="one magnitude")
    magnitudes = [10.0] if parser.parse_args().tiny else [float(magnitude) for magnitude in range(1, 31)]
    photos = load_photos()
    print("| operation | largest difference | mean difference | pixels that differ |")
    print("|---|---|---|---|")
    for name in RELEASED_LIST:
        largest, mean, part = compare(name, photos, magnitudes)
        print(f"| {name} | {largest:.0f} | {mean:.5f} | {part:.3%} |")


if __name__ == "__main__":
    main()

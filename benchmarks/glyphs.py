"""Letters and digits of printed fonts in cluttered colour pictures: data that is hard enough to compare trainings on.

The fonts are those that matplotlib brings, so nothing is downloaded. Five of them are in test pictures alone, beside
those that training has. Letters that look alike at any size are one class: 49 in all. A letter is set in 44 to 88 of
96 px, so that it looks alike in a small copy of one picture and in a large copy of another, as things in photos do.
"""

from __future__ import annotations

import string
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 96  # px
EM = (44, 88)  # px, size of the letter to be named
DISTRACTING_EM = (12, 24)  # px, of the halves of letters around it
DRAWN = 2  # times as large, then averaged
STYLES = (
    ("", "-Bold", "-Oblique", "-BoldOblique"),
    ("", "-Bold", "-Italic", "-BoldItalic"),
    ("", "Bol", "Italic", "BolIta"),
)
FONTS = (
    *(f"DejaVuSans{style}" for style in STYLES[0]),
    *(f"DejaVuSansMono{style}" for style in STYLES[0]),
    *(f"DejaVuSerif{style}" for style in STYLES[1]),
    *(f"STIXGeneral{style}" for style in STYLES[2]),
    *("cmr10", "cmb10", "cmss10", "cmti10", "cmtt10"),
)
TEST_FONTS = ("DejaVuSans-Bold", "DejaVuSansMono-Oblique", "DejaVuSerif-BoldItalic", "STIXGeneral", "cmss10")
TRAIN_FONTS = tuple(name for name in FONTS if name not in TEST_FONTS)
LOOK_ALIKE = ("0Oo", "1Il", "cC", "sS", "vV", "wW", "xX", "zZ", "uU", "kK", "pP")
SINGLE = (sign for sign in string.digits + string.ascii_letters if not any(sign in group for group in LOOK_ALIKE))
CLASSES = (*LOOK_ALIKE, *SINGLE)
GAP = 70  # grey levels between ink and paper at least
MADE_BY = (SIDE, EM, DISTRACTING_EM, DRAWN, TRAIN_FONTS, TEST_FONTS, CLASSES, GAP)  # other numbers make other pictures


def make_glyphs(count: int, seed: int, fonts: tuple[str, ...] = TRAIN_FONTS) -> tuple[np.ndarray, np.ndarray]:
    """Returns images (count, 96, 96, 3) uint8 and their classes (count,) int32, every class as often as the others.

    Args:
        count: of images.
        seed: the same images for the same seed.
        fonts: names of `FONTS`.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % len(CLASSES)).astype(np.int32)
    return np.stack([glyph(int(label), fonts, rng) for label in labels]), labels


def glyph(label: int, fonts: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """Draws one picture (96, 96, 3) uint8 of class `label`."""
    paper, ink = colours(rng)
    picture = Image.fromarray(np.full((SIDE, SIDE, 3), paper, np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(rng.integers(1, 5)):
        clutter(pen, rng)
    for _ in range(rng.integers(0, 3)):
        half = letter(string.ascii_letters[rng.integers(52)], fonts, DISTRACTING_EM, rng)
        half = half.crop((0, 0, max(half.width // 2, 1), half.height))
        paste(picture, half, ink if rng.random() < 0.5 else rng.integers(0, 111, 3), rng)
    paste(picture, letter(CLASSES[label][rng.integers(len(CLASSES[label]))], fonts, EM, rng), ink, rng)
    return shaded(np.asarray(picture, np.float32), rng)


def colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draws light paper and dark ink, (3,) each."""
    luma = np.array([0.299, 0.587, 0.114])
    while True:
        paper, ink = rng.integers(150, 256, 3), rng.integers(0, 111, 3)
        if (paper - ink) @ luma > GAP:
            return paper, ink


def letter(sign: str, fonts: tuple[str, ...], em: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Draws a letter, turned by up to 20 degrees: its mask, white where there is ink, without a margin."""
    size = 2 * round(float(np.exp(rng.uniform(*np.log(em)))) / 2)  # half as many fonts to set up
    mask = upright(sign, fonts[rng.integers(len(fonts))], size).rotate(
        rng.uniform(-20, 20), Image.Resampling.BILINEAR, True
    )
    mask = mask.resize((-(-mask.width // DRAWN), -(-mask.height // DRAWN)), Image.Resampling.BOX)
    return mask.crop(mask.getbbox())


def upright(sign: str, font: str, size: int) -> Image.Image:
    """Returns the mask of a letter, `DRAWN` times as large as asked for."""
    drawn = font_at(font, DRAWN * size)
    left, top, right, bottom = drawn.getbbox(sign)
    mask = Image.new("L", (round(right - left) + 2, round(bottom - top) + 2))
    ImageDraw.Draw(mask).text((1 - left, 1 - top), sign, fill=255, font=drawn)
    return mask


@cache
def font_at(font: str, size: int) -> ImageFont.FreeTypeFont:
    """Returns a font of `FONTS` at `size` px."""
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")), size)


def paste(picture: Image.Image, mask: Image.Image, ink: np.ndarray, rng: np.random.Generator) -> None:
    """Prints a mask in `ink`, at any place where it fits."""
    mask.thumbnail((SIDE, SIDE))
    x, y = (int(rng.integers(0, SIDE - side + 1)) for side in mask.size)
    picture.paste(tuple(int(channel) for channel in ink), (x, y), mask)


def clutter(pen: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Draws a thin line or an ellipse of any colour."""
    (x0, x1), (y0, y1) = np.sort(rng.integers(0, SIDE, (2, 2)), axis=1).tolist()
    colour, width = tuple(rng.integers(0, 256, 3).tolist()), int(rng.integers(1, 3))
    if rng.random() < 0.5:
        pen.line([(x0, y0), (x1, y1)] if rng.random() < 0.5 else [(x0, y1), (x1, y0)], fill=colour, width=width)
    else:
        pen.ellipse([(x0, y0), (x1, y1)], outline=colour, width=width)


def shaded(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns the picture lighter towards one side, and grained."""
    slope, way = rng.uniform(-20, 20, 2), np.linspace(-0.5, 0.5, SIDE)
    light = slope[0] * way[:, None] + slope[1] * way[None, :]
    grain = rng.normal(0, rng.uniform(0, 8), picture.shape)
    return np.clip(picture + light[..., None] + grain, 0, 255).astype(np.uint8)

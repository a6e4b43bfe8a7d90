"""Several views of a photo, to be asked about in one: mirrored, cut, larger and smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effnetv2_keras.configs.rules import SMALLEST_IMAGE
from effnetv2_keras.errors import UsageError

SMALLEST_SCALE, LARGEST_SCALE = 0.5, 2.0
CROP_READS = 8 / 7  # times the image size: 256 px for crops of 224, as Krizhevsky et al. 2012
EXAMPLE = "flip,fivecrop,scales=0.9:1.1"


@dataclass(frozen=True, slots=True)
class Cut:
    """A square out of a photo that was read as a larger square, or all of it.

    Args:
        read_size: side of the larger square, px.
        size: side of the cut, px.
        top: where it begins, px from above.
        left: where it begins, px from the left.
        is_flipped: whether it is mirrored.
    """

    read_size: int
    size: int
    top: int = 0
    left: int = 0
    is_flipped: bool = False

    def of(self, image: np.ndarray) -> np.ndarray:
        """Returns (size, size, C) of an image (read_size, read_size, C)."""
        cut = image[self.top : self.top + self.size, self.left : self.left + self.size]
        return cut[:, ::-1] if self.is_flipped else cut


@dataclass(frozen=True, slots=True)
class Views:
    """Which views a photo is seen in, besides the one that is always there.

    Args:
        flip: each of them mirrored as well.
        five_crop: the four corners and the centre, of the photo read at 8 / 7 of the image size.
        scales: the whole photo at these multiples of the image size, in [0.5, 2].

    Raises:
        UsageError: for a scale out of range, or one that is there already.

    >>> len(Views(flip=True, scales=(0.9, 1.1)).cuts(224))
    6
    """

    flip: bool = False
    five_crop: bool = False
    scales: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        wrong = [scale for scale in self.scales if not SMALLEST_SCALE <= scale <= LARGEST_SCALE]
        if wrong:
            raise UsageError(f"`scales` must be between {SMALLEST_SCALE} and {LARGEST_SCALE}. Got: {wrong[0]:g}.")
        if len({1.0, *self.scales}) <= len(self.scales):
            given = ":".join(f"{scale:g}" for scale in self.scales)
            raise UsageError(f"`scales` must differ from each other and from 1, which is always there. Got: {given}.")

    def __str__(self) -> str:
        scales = f"scales={':'.join(f'{scale:g}' for scale in self.scales)}" if self.scales else ""
        return ",".join(filter(None, ("flip" * self.flip, "fivecrop" * self.five_crop, scales)))

    def cuts(self, image_size: int) -> tuple[Cut, ...]:
        """Returns the views of a photo for a network of `image_size` px, the plain one first.

        Raises:
            UsageError: if a scale makes it smaller than a network takes.
        """
        sizes = [image_size, *(round(scale * image_size) for scale in self.scales)]
        if min(sizes) < SMALLEST_IMAGE:
            raise UsageError(f"`scales` must leave images of at least {SMALLEST_IMAGE} px. Got: {min(sizes)} px.")
        cuts = [Cut(size, size) for size in sizes]
        if self.five_crop:
            read_size = round(CROP_READS * image_size)
            end = read_size - image_size
            places = ((0, 0), (0, end), (end, 0), (end, end), (end // 2, end // 2))
            cuts += [Cut(read_size, image_size, top, left) for top, left in places]
        mirrored = [Cut(cut.read_size, cut.size, cut.top, cut.left, is_flipped=True) for cut in cuts if self.flip]
        return (*cuts, *mirrored)


def parse_views(name: str, text: str) -> Views:
    """Reads `"flip,fivecrop,scales=0.9:1.1"` or a part of it.

    Raises:
        UsageError: if `text` is anything else; `name` is what the message calls it.

    >>> parse_views("--tta", "flip,scales=0.9:1.1")
    Views(flip=True, five_crop=False, scales=(0.9, 1.1))
    """
    terms = [term.strip() for term in text.split(",")]
    names = [term.partition("=")[0] for term in terms]
    numbers = dict(term.split("=", 1) for term in terms if "=" in term)
    if (
        not set(numbers) <= {"scales"}
        or not set(names) <= {"flip", "fivecrop", "scales"}
        or len(set(names)) < len(names)
    ):
        raise UsageError(f"`{name}` must name each of flip, fivecrop and scales once, like {EXAMPLE}. Got: {text!r}.")
    scales: tuple[float, ...] = ()
    if "scales" in names:
        try:
            scales = tuple(float(number) for number in numbers.get("scales", "").split(":"))
        except ValueError:
            raise UsageError(f"`{name}` must give scales as numbers, like scales=0.9:1.1. Got: {text!r}.") from None
    return Views("flip" in names, "fivecrop" in names, scales)

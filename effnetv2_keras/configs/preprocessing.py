"""How a photo becomes a square: the window that a training step sees, and the part that measuring sees.

Source: facts 1.4; `preprocessing.py` and `preprocess_legacy.py` of google/automl, folder efficientnetv2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from effnetv2_keras.errors import UsageError, unknown_name


@dataclass(frozen=True, slots=True)
class Crop:
    """The random window of a training step.

    Args:
        area: smallest and largest share of the photo's area, in (0, 1].
        aspect: smallest and largest width / height, above 0.
        min_covered: least share of the photo that the window must cover.
        tries: how often a window is drawn before `fallback` is taken.
        fallback: the whole photo, or the centre of an allowed aspect.

    Raises:
        UsageError: if `area` or `aspect` is no rising pair within its range.
    """

    area: tuple[float, float]
    aspect: tuple[float, float]
    min_covered: float = 0.0
    tries: int = 10
    fallback: Literal["whole", "centre"] = "centre"

    def __post_init__(self) -> None:
        if not 0.0 < self.area[0] <= self.area[1] <= 1.0:
            raise UsageError(f"`crop_area` must be two shares of the area, 0 < first <= last <= 1. Got: {self.area}.")
        if not 0.0 < self.aspect[0] <= self.aspect[1]:
            raise UsageError(f"`aspect` must be two ratios, 0 < first <= last. Got: {self.aspect}.")


@dataclass(frozen=True, slots=True)
class View:
    """What evaluation, exports and predictions see of a photo.

    Args:
        squeezed_from: px; from this image size on the whole photo is resized to a square. Below it the centre is cut
            out first: a square of side / (side + 32) of the photo's shorter side. None never squeezes.
        interpolation: of the resize, always antialiased.
    """

    squeezed_from: int | None = 0
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"

    def squeezes(self, image_size: int) -> bool:
        """Tells whether the whole photo is seen at `image_size` px."""
        return self.squeezed_from is not None and image_size >= self.squeezed_from


CENTRE_MARGIN = 32  # px: the cut-out is `side / (side + 32)` of the shorter side


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """A training window and an evaluation view that belong together.

    Attributes:
        name: what `make_dataset(preprocessing=)` calls it.
        crop: what training sees.
        view: what measuring sees.
        source: where the numbers come from.
    """

    name: str
    crop: Crop
    view: View
    source: str


# fmt: off
V1_ASPECT, V2_ASPECT = (3 / 4, 4 / 3), (0.75, 1.33)
PREPROCESSING = {
    #                            name        area          aspect   covered tries fallback        squeezed from
    row.name: row for row in (
        Preprocessing("photos",   Crop((0.08, 1.0), V1_ASPECT, 0.0,  10, "centre"), View(0,    "bilinear"),
                      "V1's window; measured on the whole photo, docs/decisions"),
        Preprocessing("v1",       Crop((0.08, 1.0), V1_ASPECT, 0.1,  10, "centre"), View(None, "bicubic"),
                      "preprocess_legacy.py: V1 and V2-B0 to B3"),
        Preprocessing("v2",       Crop((0.05, 1.0), V2_ASPECT, 0.0, 100, "whole"),  View(320,  "bilinear"),
                      "preprocessing.py: V2-S, M, L, XL, and ImageNet21k for every variant"),
        Preprocessing("finetune", Crop((1.0, 1.0),  (1e-3, 1e3), 1.0,  0, "whole"), View(0,    "bilinear"),
                      "preprocessing.py, 'ft': the whole photo in training too"),
    )
}
# fmt: on
DEFAULT = "photos"


def get_preprocessing(name: str | Preprocessing) -> Preprocessing:
    """Returns the row called `name`.

    Raises:
        UsageError: for a name that is not there.
    """
    if isinstance(name, Preprocessing):
        return name
    if name not in PREPROCESSING:
        raise unknown_name("preprocessing", name, PREPROCESSING)
    return PREPROCESSING[name]

"""How far an artefact strays from the Keras model, on photos."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import cbook
from PIL import Image

from effnetv2_keras.models.head import Head

SMALLEST = 1e-12  # of a probability that a logarithm is taken of
ORIENTATION_TAG = 0x0112
# said where float32 strays: logits of hundreds, which untrained networks give, turn rounding into another answer
UNTRAINED = "A network that was not trained yet may amplify rounding: export it when it is."


@dataclass(frozen=True, slots=True)
class Parity:
    """Differences over `num_images` images.

    Args:
        num_images: images compared.
        max_abs_error: of a probability.
        max_logit_error: of a logit; those of a softmax are known up to a constant, so each image's mean is taken off.
        agreement: share of images whose best class is the same.
    """

    num_images: int
    max_abs_error: float
    max_logit_error: float
    agreement: float


def compare(got: np.ndarray, expected: np.ndarray, head: Head) -> Parity:
    """Compares probabilities (N, K) with those of the Keras model."""
    difference = np.abs(logits_of(got, head) - logits_of(expected, head))
    agreement = float(np.mean(got.argmax(axis=1) == expected.argmax(axis=1)))
    return Parity(len(got), float(np.abs(got - expected).max()), float(difference.max()), agreement)


def check_photos(paths: Sequence[Path] = ()) -> list[bytes]:
    """Returns the bytes of photos to compare on; where none are given, a portrait that matplotlib brings along.

    The portrait comes as a JPEG, as one that its EXIF block turns, as a PNG of its middle, and as a BMP.
    """
    if paths:
        return [path.read_bytes() for path in paths]
    portrait = Path(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))).read_bytes()
    image = Image.open(io.BytesIO(portrait))
    turned = Image.Exif()
    turned[ORIENTATION_TAG] = 6
    middle = image.crop((100, 50, 420, 450))
    small = image.resize((128, 150))
    return [
        portrait,
        _encoded(image, "JPEG", quality=90, exif=turned),
        _encoded(middle, "PNG"),
        _encoded(small, "BMP"),
    ]


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def logits_of(probabilities: np.ndarray, head: Head) -> np.ndarray:
    """Returns what (N, K) probabilities were made of; each image's mean is taken off those of a softmax."""
    kept = np.clip(probabilities.astype(np.float64), SMALLEST, 1.0)
    if head == "sigmoid":
        return np.log(kept) - np.log(np.clip(1.0 - probabilities.astype(np.float64), SMALLEST, 1.0))
    logits = np.log(kept)
    return logits - logits.mean(axis=1, keepdims=True)

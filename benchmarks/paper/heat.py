"""Where a trained network looks: Grad-CAM's maps of a few pictures, small enough for a cell."""

from __future__ import annotations

import base64
import io

import keras
import numpy as np
from glyphs import TEST_FONTS, make_glyphs
from PIL import Image
from progressive_cells import Images, resized

from effnetv2_keras.explain.grad_cam import grad_cam
from paper.bench import Bench
from paper.presets import GLYPHS

SEED = 3  # of pictures that nobody trains on or measures with
QUALITY = 90  # of JPEG


def maps_of(network: keras.Model, side: int, data: str, bench: Bench, count: int) -> dict:
    """Returns maps of the right classes of `count` pictures, and the pictures as the network sees them."""
    pixels, labels = shown(data, bench, count)
    images = resized(pixels, side)
    return explained(network, images, labels)


def shown(data: str, bench: Bench, count: int) -> Images:
    """Returns the pictures that all networks explain."""
    if data == GLYPHS:
        return make_glyphs(count, SEED, TEST_FONTS)
    pixels, labels = bench.pictures(data, (count, count)).test
    return pixels[:count], labels[:count]


def explained(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> dict:
    """Returns what `maps_of` does, of images (N, S, S, 3) uint8 and class numbers (N,)."""
    found = grad_cam(network, images, class_index=[int(label) for label in labels])
    warmest = np.maximum(found.maps.max(axis=(1, 2), keepdims=True), 1e-9)
    return {
        "maps": np.round(found.maps / warmest, 3).tolist(),
        "scores": [round(float(score), 3) for score in found.scores],
        "pictures": [packed(image) for image in images],
    }


def packed(image: np.ndarray) -> str:
    """Returns an image (H, W, 3) uint8 as the text of a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=QUALITY)
    return base64.b64encode(file.getvalue()).decode()


def unpacked(text: str) -> np.ndarray:
    """Returns the image (H, W, 3) uint8 that `packed` made a text of."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"))

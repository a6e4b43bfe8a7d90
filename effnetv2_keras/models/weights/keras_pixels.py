"""How a network of keras.applications normalises pixels, told from its layers and called by our name for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from effnetv2_keras.errors import DataError
from effnetv2_keras.layers.pixels import FORMULAS
from effnetv2_keras.models.weights.hdf5 import KerasFile

# The published V1 files hold ImageNet's deviation where Keras expects its square; the network that loads them divides
# by the root of the deviation once more (keras/src/applications/efficientnet.py, "the original implementation").
ROOT_OF_DEVIATION = np.sqrt([0.229, 0.224, 0.225])


def pixels_of(file: KerasFile) -> str | None:
    """Returns our name of the normalisation in a file; None if the file does not tell.

    Raises:
        DataError: if it normalises in a way that we have no name for.
    """
    layers = file.config.get("config", {}).get("layers")
    stored = _stored(file)
    if layers is not None:
        return _named(file, [_whole(layers, stored)])
    if stored is None:
        return None
    mean, deviation = stored
    return _named(file, [(mean, deviation), (mean, deviation * ROOT_OF_DEVIATION)], scale=255.0)


def _stored(file: KerasFile) -> tuple[np.ndarray, np.ndarray] | None:
    """Returns mean and deviation of the layer `Normalization`, if its numbers are among the weights."""
    name = next((name for name in file.tensors if name.startswith("normalization") and name.endswith("/mean")), None)
    if name is None:
        return None
    variance = file.read(name.replace("/mean", "/variance"))
    return np.ravel(file.read(name)), np.sqrt(np.ravel(variance))


def _whole(layers: Sequence[Mapping[str, Any]], stored: tuple[Any, Any] | None) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean and deviation, in pixels, of all layers in front of the first convolution taken together."""
    factor, shift = np.ones(3), np.zeros(3)  # normalised = pixels * factor + shift
    for layer in layers:
        config = layer["config"]
        if layer["class_name"] == "Rescaling":
            scale = np.array(config["scale"])
            factor, shift = factor * scale, shift * scale + np.array(config["offset"])
        elif layer["class_name"] == "Normalization":
            given = config.get("mean") is not None
            mean = np.ravel(config["mean"]) if given else (np.zeros(3) if stored is None else stored[0])
            deviation = (
                np.sqrt(np.ravel(config["variance"])) if given else (np.ones(3) if stored is None else stored[1])
            )
            factor, shift = factor / deviation, (shift - mean) / deviation
        elif layer["class_name"] == "Conv2D":
            break
    return -shift / factor, 1.0 / factor


def _named(file: KerasFile, candidates: Sequence[tuple[np.ndarray, np.ndarray]], scale: float = 1.0) -> str:
    for mean, deviation in candidates:
        for name, formula in FORMULAS.items():
            if formula.turns_to_bgr:
                continue
            is_mean = np.allclose(mean * scale, formula.mean, rtol=1e-3, atol=1e-2)
            if is_mean and np.allclose(deviation * scale, formula.deviation, rtol=1e-3):
                return name
    mean, deviation = candidates[0]
    raise DataError(
        f"{file.path} must normalise pixels in one of these ways: {', '.join(FORMULAS)}. "
        f"Got: mean {_said(mean * scale)}, deviation {_said(deviation * scale)}."
    )


def _said(values: np.ndarray) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"

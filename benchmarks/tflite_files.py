"""The files that tflite_latency.py compares: Keras's own export, ours in every precision, and the same as ONNX."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.resize import read_view
from effnetv2_keras.export.lite.options import LiteOptions
from effnetv2_keras.export.onnx_file import export_onnx
from effnetv2_keras.export.parity import check_photos
from effnetv2_keras.export.subject import sample_images
from effnetv2_keras.export.tflite import PRECISIONS, export_tflite
from effnetv2_keras.models import create_model

PLAIN, ONNX = "model.export", "onnx"
LITE = ("float32", "hybrid", "int8")  # precisions of the lite networks
PEERS = {"efficientnetv2-b0": "EfficientNetV2B0", "efficientnetv2-s": "EfficientNetV2S"}
CALIBRATED = ("int8", "int16x8")
NUM_PHOTOS = 24  # to calibrate on: the ranges change the answers, not the time


def photos(size: int) -> np.ndarray:
    """Returns images (N, S, S, 3) uint8: views of a portrait, a gradient and noise."""
    seen = np.stack([read_view(tf.constant(photo), size, View()).numpy() for photo in check_photos()])
    rng = np.random.default_rng(0)
    dimmed = [(seen[i % len(seen)] * rng.uniform(0.4, 1.0)).astype("uint8") for i in range(NUM_PHOTOS)]
    return np.concatenate([seen, sample_images(size), np.stack(dimmed)]).astype("uint8")


def with_statistics(network: keras.Model, images: np.ndarray) -> keras.Model:
    """Gives random weights the statistics that their own activations have, as after training."""
    rng = np.random.default_rng(0)
    for norm in network._flatten_layers():
        if isinstance(norm, keras.layers.BatchNormalization):
            norm.gamma.assign(rng.uniform(0.5, 1.5, norm.gamma.shape))
            norm.beta.assign(rng.normal(0, 0.2, norm.beta.shape))
            norm.momentum = 0.0  # the next batch alone decides
    network(images.astype("float32"), training=True)
    return network


def write_files(name: str, size: int, folder: Path, skipped: tuple[str, ...] = ()) -> dict[str, Path]:
    """Exports what is not yet in `folder`, without the precisions `skipped`; returns the paths by way."""
    folder.mkdir(parents=True, exist_ok=True)
    precisions = tuple(one for one in PRECISIONS if one not in skipped)
    keras.utils.set_random_seed(0)
    images = photos(size)
    weights = folder / f"{name}.weights.h5"
    paths = {PLAIN: folder / f"{name}-keras.tflite"}
    if not paths[PLAIN].is_file():
        peer = getattr(keras.applications, PEERS[name])(weights=None, input_shape=(size, size, 3))
        with_statistics(peer, images).save_weights(weights)
        peer.export(str(paths[PLAIN]), format="litert", verbose=False)
    ours = create_model(name, weights=str(weights), num_classes=1000)
    paths |= _precisions(ours, name, size, images, folder, precisions)
    paths[ONNX] = folder / f"{name}.onnx"
    if not paths[ONNX].is_file():
        export_onnx(ours, paths[ONNX], image_size=size)
    lite = f"{name}-lite"
    network = with_statistics(create_model(lite, num_classes=1000, drop_path_rate=0.0), images)
    kept = tuple(one for one in LITE if one in precisions)
    found = _precisions(network, lite, size, images, folder, kept)
    return paths | {f"lite, {precision}": path for precision, path in found.items()}


def _precisions(
    network: keras.Model, name: str, size: int, images: np.ndarray, folder: Path, precisions: tuple[str, ...]
) -> dict[str, Path]:
    paths = {precision: folder / f"{name}-{precision}.tflite" for precision in precisions}
    for precision, path in paths.items():
        if not path.is_file():
            calibrate_on = images if precision in CALIBRATED else None
            options = LiteOptions(force=True)  # untrained networks are close to call on every image
            export_tflite(
                network, path, precision=precision, image_size=size, calibrate_on=calibrate_on, options=options
            )
            print(f"exported {path}", flush=True)
    return paths

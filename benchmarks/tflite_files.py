"""The files that tflite_latency.py compares: Keras's own export, ours in every precision, and the same as ONNX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import View
from effnetv2_keras.data.resize import read_view
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
NUM_SEEN = 6  # that statistics are taken of: Keras holds what every layer gives, 0.8 GB an image of S at 384 px


def photos(size: int) -> np.ndarray:
    """Returns images (N, S, S, 3) uint8: views of a portrait, a gradient and noise."""
    seen = np.stack([read_view(tf.constant(photo), size, View()).numpy() for photo in check_photos()])
    rng = np.random.default_rng(0)
    dimmed = [(seen[i % len(seen)] * rng.uniform(0.4, 1.0)).astype("uint8") for i in range(NUM_PHOTOS)]
    return np.concatenate([seen, sample_images(size), np.stack(dimmed)]).astype("uint8")


def with_statistics(network: keras.Model, images: np.ndarray) -> keras.Model:
    """Gives random weights the statistics that their own activations have, as after training.

    The classifier's are made small: what random weights answer says nothing, and should be refused for nothing.
    """
    rng = np.random.default_rng(0)
    for norm in network._flatten_layers():
        if isinstance(norm, keras.layers.BatchNormalization):
            norm.gamma.assign(rng.uniform(0.5, 1.5, norm.gamma.shape))
            norm.beta.assign(rng.normal(0, 0.2, norm.beta.shape))
            norm.momentum = 0.0  # the next batch alone decides
    network(images[:NUM_SEEN].astype("float32"), training=True)  # the gradient and the noise among them
    classifier = network.layers[-1].kernel
    classifier.assign(0.01 * classifier)
    return network


def write_files(
    name: str, size: int, folder: Path, precisions: tuple[str, ...] = PRECISIONS, *, has_lite: bool = True
) -> dict[str, Path]:
    """Exports what is not yet in `folder`; returns the paths by way."""
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    plain, onnx = folder / f"{name}-keras.tflite", folder / f"{name}.onnx"
    if not plain.is_file():
        peer = getattr(keras.applications, PEERS[name])(weights=None, input_shape=(size, size, 3))
        with_statistics(peer, photos(size)).save_weights(folder / f"{name}.weights.h5")
        peer.export(str(plain), format="litert", verbose=False)

    def ours() -> keras.Model:
        return create_model(name, weights=str(folder / f"{name}.weights.h5"), num_classes=1000)

    if not onnx.is_file():
        export_onnx(ours(), onnx, image_size=size)
    paths = {PLAIN: plain, ONNX: onnx, **_precisions(ours, name, size, folder, precisions)}
    if not has_lite:
        return paths

    def lite() -> keras.Model:
        return with_statistics(create_model(f"{name}-lite", num_classes=1000, drop_path_rate=0.0), photos(size))

    found = _precisions(lite, f"{name}-lite", size, folder, tuple(one for one in LITE if one in precisions))
    return paths | {f"lite, {precision}": path for precision, path in found.items()}


def _precisions(
    make: Callable[[], keras.Model], name: str, size: int, folder: Path, precisions: tuple[str, ...]
) -> dict[str, Path]:
    paths = {precision: folder / f"{name}-{precision}.tflite" for precision in precisions}
    missing = {precision: path for precision, path in paths.items() if not path.is_file()}
    network = make() if missing else None
    for precision, path in missing.items():
        calibrate_on = photos(size) if precision in CALIBRATED else None
        export_tflite(
            network,
            path,
            precision=precision,
            image_size=size,
            calibrate_on=calibrate_on,
            max_accuracy_drop=1.0,  # random weights say nothing: nothing is refused, and int8 is so throughout
        )
        print(f"exported {path}", flush=True)
    return paths

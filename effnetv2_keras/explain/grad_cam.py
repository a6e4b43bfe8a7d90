"""Where a classifier looked: the maps of a layer, weighed by how much each speaks for a class."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import keras
import numpy as np
from keras import ops

from effnetv2_keras.errors import UsageError
from effnetv2_keras.explain.class_choice import choose_classes
from effnetv2_keras.explain.explained import Explained
from effnetv2_keras.explain.slope import slope
from effnetv2_keras.explain.source_layer import find_source_layer
from effnetv2_keras.explain.tap import tapped, without_activation
from effnetv2_keras.explain.walk import network_of, walk_back
from effnetv2_keras.models.head import head_of


def grad_cam(
    model: keras.Model,
    images: Any,
    class_index: int | Sequence[int] | None = None,
    layer: str | None = None,
) -> Explained:
    """Shows where `model` looked when it scored a class.

    The maps of a layer are averaged, each weighed by the mean gradient of the class's logit with respect to it; what
    speaks against the class is cut off. The gradient is that of the logit even where the network ends in a softmax or
    a sigmoid: these are left out meanwhile. Works on the TensorFlow and JAX backends, with channels last.

    Args:
        model: a classifier: of `create_model`, of keras.applications, Sequential, one that wraps another, or a
            `Classifier`, whose moving average is used where it has one. In one thread at a time.
        images: (B, H, W, C), as `model` takes them: pixels in [0, 255] for networks of ours.
        class_index: in [0, K), one for all images or one each; None for the best class of each.
        layer: that gives maps (B, h, w, C), by its name, in nested networks too. None for the last one: it knows most
            of classes and least of places. An earlier one gives finer maps and is less sure of the class.

    Returns:
        An `Explained`: `.heat` (B, H, W) in [0, 1], `.maps` (B, h, w), `.class_index` and `.scores` (B,), `.source`.

    Raises:
        UsageError: if `model` is no classifier with maps, `layer` is not in it or has no way to the class, a class is
            out of range, or `images` do not fit.

    Source: Selvaraju et al. 2017, equations 1 and 2.
    """
    network = network_of(model)
    head = head_of(network)
    source = find_source_layer(network, layer)
    images = check_images(images, network)
    averaged = getattr(model, "averaged", nullcontext)
    with averaged(), without_activation(next(walk_back(network)).operation):
        maps, logits = _maps_and_logits(model, source, images)
        scores = np.asarray(ops.sigmoid(logits) if head == "sigmoid" else ops.softmax(logits))
        chosen = choose_classes(class_index, scores)
        rows = ops.one_hot(chosen, scores.shape[1], dtype="float32")

        def logit(nudge: Any) -> Any:
            with tapped(source, lambda maps: maps + ops.cast(nudge, maps.dtype)):
                return ops.sum(ops.cast(model(images, training=False), "float32") * rows)

        gradient = slope(logit, ops.zeros_like(maps))
    if gradient is None:
        raise UsageError(f"`layer` must lead to the classes. Got: {source.name!r}, which no score depends on.")
    weights = ops.mean(gradient, axis=(1, 2), keepdims=True)
    return Explained(
        maps=np.asarray(ops.relu(ops.sum(weights * maps, axis=-1))),
        class_index=chosen,
        scores=np.take_along_axis(scores, chosen[:, None], axis=1)[:, 0],
        image_size=tuple(images.shape[1:3]),
        source=source.name,
    )


def _maps_and_logits(model: keras.Model, source: keras.Operation, images: np.ndarray) -> tuple[Any, Any]:
    seen: list[Any] = []

    def keep(maps: Any) -> Any:
        seen.append(maps)
        return maps

    with tapped(source, keep):
        logits = model(images, training=False)
    if len(seen) != 1:
        raise UsageError(f"`layer` must be computed once. Got: {source.name!r}, which is {len(seen)} times.")
    return ops.cast(seen[0], "float32"), ops.cast(logits, "float32")


def check_images(images: Any, network: keras.Model) -> np.ndarray:
    """Returns `images` as (B, H, W, C) float32.

    Raises:
        UsageError: if they are not of the shape that `network` takes.
    """
    pixels = np.asarray(images, np.float32)
    wanted = network.inputs[0].shape
    fits = pixels.ndim == len(wanted) == 4 and all(
        side in (None, got) for side, got in zip(wanted[1:], pixels.shape[1:], strict=True)
    )
    if not fits or not len(pixels):
        raise UsageError(f"`images` must have shape {wanted}, one at least. Got: {pixels.shape}.")
    return pixels

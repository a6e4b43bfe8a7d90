"""What is being exported: a network, its size, its labels, checked once for every format."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import DEFAULT, View, get_preprocessing
from effnetv2_keras.configs.registry import CONFIGS
from effnetv2_keras.configs.rules import SMALLEST_IMAGE
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.head import Head, head_of, probabilities
from effnetv2_keras.models.weights.facts import weight_set_of
from effnetv2_keras.training.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Subject:
    """A classifier made ready for export.

    Args:
        model: maps pixels in [0, 255] to (B, K); a `Classifier` includes its preprocessing.
        network: whose weights are exported.
        head: what `model` gives.
        labels: K names.
        image_size: px.
        preprocessing: name of the row that says which part of a photo is seen.
    """

    model: keras.Model
    network: keras.Model
    head: Head
    labels: tuple[str, ...]
    image_size: int
    preprocessing: str

    @property
    def view(self) -> View:
        """Which part of a photo is seen."""
        return get_preprocessing(self.preprocessing).view

    def probabilities(self, images: tf.Tensor) -> tf.Tensor:
        """Maps images (B, H, W, 3) in [0, 255] of any number type to probabilities (B, K) float32."""
        return probabilities(self.model(tf.cast(images, tf.float32), training=False), self.head)

    def variables(self) -> list[tf.Variable]:
        """The weights and nothing else: no knob, no seed."""
        before = getattr(self.model, "preprocess", None)
        return [weight.value for weight in (*self.network.weights, *getattr(before, "weights", ()))]


def as_evaluated(model: keras.Model) -> AbstractContextManager[None]:
    """Returns a context in which `model` holds the weights that it was evaluated with: their average, if it has one."""
    return model.averaged() if isinstance(model, Classifier) else nullcontext()


def make_subject(
    model: keras.Model, labels: Sequence[str] | None, image_size: int | None, preprocessing: str | None = None
) -> Subject:
    """Checks what is to be exported.

    Args:
        model: a `Classifier` or a network.
        labels: a name a class, in order; None for "0", "1" and so on.
        image_size: px; None is the size of the last validation, else of the last phase, else the model's own.
        preprocessing: which part of a photo is seen, as in `make_dataset`; None is that of the released weights which
            a network was given, and for a `Classifier`, which learns from data of its own, "photos" as there.

    Raises:
        UsageError: if labels and classes differ in number, a size cannot be found, or the backend is not TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise UsageError(f"Export needs KERAS_BACKEND=tensorflow. Got: {keras.backend.backend()}.")
    network = model.network if isinstance(model, Classifier) else model
    num_classes = int(network.output_shape[-1])
    names = tuple(str(i) for i in range(num_classes)) if labels is None else tuple(labels)
    if len(names) != num_classes:
        raise UsageError(f"`labels` must name the {num_classes} classes of the model. Got: {len(names)} names.")
    size = _known_size(model, network) if image_size is None else image_size
    if size is None:
        raise UsageError("`image_size` must be given, since the model does not say at which size it works. Got: None.")
    if size < SMALLEST_IMAGE:
        raise UsageError(f"`image_size` must be at least {SMALLEST_IMAGE} px. Got: {size}.")
    fixed = network.input_shape[1]
    if fixed not in (None, size):
        raise UsageError(f"`image_size` must be the {fixed} px that the network's input is fixed at. Got: {size}.")
    if preprocessing is None:
        weight_set = None if isinstance(model, Classifier) else weight_set_of(network)
        preprocessing = DEFAULT if weight_set is None else weight_set.preprocessing
    return Subject(model, network, head_of(network), names, int(size), get_preprocessing(preprocessing).name)


def sample_images(image_size: int) -> np.ndarray:
    """Returns two square images, (2, S, S, 3) uint8: a gradient and noise.

    Args:
        image_size: S, px.
    """
    ramp = np.linspace(0, 255, image_size).astype(np.uint8)
    gradient = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], ramp[::-1, None]), axis=-1)
    noise = np.random.default_rng(0).integers(0, 256, gradient.shape, np.uint8)
    return np.stack([gradient, noise])


def _known_size(model: keras.Model, network: keras.Model) -> int | None:
    if isinstance(model, Classifier) and (model.eval_size or model.knobs.image_size):
        return model.eval_size or model.knobs.image_size
    if network.input_shape[1] is not None:
        return network.input_shape[1]
    weight_set = weight_set_of(network)
    if weight_set is not None:
        return weight_set.eval_size
    return CONFIGS[network.name].eval_size if network.name in CONFIGS else None

"""What runs in place of the network: folded, in the precision asked for, its weights frozen into constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2  # has no public name

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.subject import Subject
from effnetv2_keras.models.functional import is_functional
from effnetv2_keras.models.fuse import fuse, num_normalisations
from effnetv2_keras.models.head import probabilities
from effnetv2_keras.models.precision import in_precision, is_float32

LARGEST_FROZEN = 900_000_000  # bytes of weights: a graph is one message, and those end at 2 GB, in older servers at 1
LARGEST_FROZEN_UNASKED = 128_000_000  # bytes of weights, see docs/decisions/frozen_or_variables.md


@dataclass(frozen=True, slots=True)
class Deployed:
    """A network made ready for a server.

    Args:
        score: maps images (B, S, S, 3) float32 to probabilities (B, K) float32 and, where they were asked for,
            features (B, D) float32.
        variables: the weights that `score` reads; none where it is frozen.
        num_normalisations: batch normalisations that could not be folded, or were not meant to be.
        is_frozen: whether the weights are constants.
        notes: what was done in another way than asked for, a sentence each.
    """

    score: Callable[[tf.Tensor], list[tf.Tensor]]
    variables: tuple[tf.Variable, ...]
    num_normalisations: int
    is_frozen: bool
    notes: tuple[str, ...]


def deploy(subject: Subject, precision: str, *, fold_bn: bool, freeze: bool | None, has_features: bool) -> Deployed:
    """Makes a network ready; that of `subject` stays as it is.

    Args:
        subject: what is exported.
        precision: "float32" or "bfloat16".
        fold_bn: see `Serving`, as for the other two.
        freeze: None decides by the size of the weights.
        has_features: adds the features to what `score` gives.

    Raises:
        UsageError: if a network that is no graph of layers is to compute in bfloat16 or to give its features.
    """
    notes: list[str] = []
    network = as_functional(subject.network)
    if is_functional(network):
        if fold_bn:
            network = fuse(network, for_server=True)
        if precision != "float32" or not is_float32(network):
            network = in_precision(network, precision)
        outputs = _with_features(network) if has_features else [network.output]
        runs = keras.Model(network.input, outputs, name=network.name)
    elif precision != "float32" or has_features:
        raise UsageError(
            f"Only a functional network can be exported in {precision} or with features. Got: {network!r}."
        )
    else:
        runs = network
        notes.append("batch normalisation was not folded: the network is no graph of layers")
    left = num_normalisations(network)
    if fold_bn and left:
        notes.append(f"{left} batch normalisations follow no convolution directly and were not folded")
    score = _make_score(subject, runs)
    function = score.get_concrete_function()
    variables = tuple(function.variables)
    num_bytes = sum(variable.shape.num_elements() * variable.dtype.size for variable in variables)
    obstacle = None if freeze is False else _too_large(num_bytes, is_asked=freeze is True)
    if freeze is not False and obstacle is None:
        return Deployed(_frozen(function), (), left, True, tuple(notes))
    if obstacle is not None:
        notes.append(f"weights stayed variables: {num_bytes / 1e9:.2f} GB, and {obstacle}")
    return Deployed(score, variables, left, False, tuple(notes))


def _too_large(num_bytes: int, *, is_asked: bool) -> str | None:
    """Returns why weights of that size do not become constants; None if they do."""
    if num_bytes > LARGEST_FROZEN:
        return f"a graph may hold {LARGEST_FROZEN / 1e9}"
    if num_bytes > LARGEST_FROZEN_UNASKED and not is_asked:
        return (
            f"as constants, more than {LARGEST_FROZEN_UNASKED / 1e9} would cost a server much memory; "
            "`Serving(freeze=True)` makes them constants"
        )
    return None


def as_functional(network: keras.Model) -> keras.Model:
    """Returns a `Sequential` network as the graph of layers that it is, any other as it came."""
    return keras.Model(network.inputs, network.outputs) if isinstance(network, keras.Sequential) else network


def _with_features(network: keras.Model) -> list[keras.KerasTensor]:
    features = network.layers[-1].input
    if not isinstance(features, keras.KerasTensor) or len(features.shape) != 2:
        raise UsageError(f"`has_features` needs a last layer that takes (B, D). Got: {network.layers[-1].name!r}.")
    return [network.output, features]


def _make_score(subject: Subject, network: keras.Model) -> tf.types.experimental.PolymorphicFunction:
    shape = [None, subject.image_size, subject.image_size, 3]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="images")], autograph=False)
    def score(images: tf.Tensor) -> list[tf.Tensor]:
        preprocess = getattr(subject.model, "preprocess", None)
        pixels = images if preprocess is None else preprocess(images)
        outputs, *features = tf.nest.flatten(network(pixels, training=False))
        return [probabilities(outputs, subject.head), *(tf.cast(feature, tf.float32) for feature in features)]

    return score


def _frozen(function: tf.types.experimental.ConcreteFunction) -> Callable[[tf.Tensor], list[tf.Tensor]]:
    constant = convert_variables_to_constants_v2(function)
    return lambda images: tf.nest.flatten(constant(images))

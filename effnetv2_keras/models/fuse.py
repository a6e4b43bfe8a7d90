"""The deploy twin of a network: every batch normalisation folded into the convolution in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from effnetv2_keras.layers.conv_norm import ConvNorm
from effnetv2_keras.layers.from_spec import FromSpec
from effnetv2_keras.layers.pixels import NormalizePixels
from effnetv2_keras.layers.residual_block import ResidualBlock
from effnetv2_keras.models.functional import check_functional, is_functional
from effnetv2_keras.models.plain_pairs import PlainPairs, folded_weights
from effnetv2_keras.models.readers import only_reader


def fuse(model: keras.Model, *, for_server: bool = False) -> keras.Model:
    """Returns a network that computes the same without batch normalisation.

    Layers of ours are folded; so is every plain convolution that one batch normalisation follows directly, as in
    keras.applications or in a decoder of yours. A normalisation that follows nothing of the kind stays.
    The twin is for inference: it has weights of its own and no running statistics.

    Args:
        model: a functional network; networks nested in it are folded as well.
        for_server: also runs squeeze-and-excitation as matrix products, and divides pixels in the stem's kernel: less
            work in TensorFlow. Files for phones keep the convolutions, which their quantisation knows.

    Returns:
        A `keras.Model` of the same name, inputs and outputs.

    Raises:
        UsageError: if `model` is not functional.

    >>> from effnetv2_keras.models import create_model
    >>> fuse(create_model("efficientnetv2-b0")).count_params() - create_model("efficientnetv2-b0").count_params()
    -90912
    """
    check_functional(model)
    pairs = PlainPairs(model)
    pixels_of = {stem.name: pixels for pixels, stem in _pixels_and_stems(model) if for_server}
    folded_pixels = {pixels.name for pixels in pixels_of.values()}

    def twin(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, FromSpec) or layer.name in folded_pixels:
            config = {**layer.get_config(), "is_folded": True}
            if isinstance(layer, ResidualBlock):
                config["has_products"] = for_server
            return type(layer).from_config(config)
        if is_functional(layer):
            return fuse(layer, for_server=for_server)
        return pairs.twin(layer)

    def call(layer: keras.layers.Layer, *inputs: Any, **options: Any) -> Any:
        return inputs[0] if layer.name in pairs.folded_norms else layer(*inputs, **options)

    # A model of the same layers that is not compiled: losses and optimisers have no part in the twin.
    plain = keras.Model(model.input, model.output, name=model.name)
    inputs = keras.tree.map_structure(new_input, model.input)
    folded = keras.models.clone_model(plain, input_tensors=inputs, clone_function=twin, call_function=call)
    copies = {layer.name: layer for layer in folded.layers}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer) or layer.name in pairs.folded_norms:
            continue
        copy = copies[layer.name]
        if isinstance(layer, FromSpec):
            copy_folded(layer, copy)
            if layer.name in pixels_of:
                divide_kernel(copy.conv, pixels_of[layer.name].formula.deviation)
        elif not is_functional(layer):
            copy.set_weights(pairs.weights(layer))
    return folded


def new_input(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """Returns an input of the same shape, dtype and layer name."""
    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor._keras_history.operation.name)


def _pixels_and_stems(model: keras.Model) -> Iterator[tuple[NormalizePixels, ConvNorm]]:
    """Yields every layer of normalised pixels that nothing but a convolution of ours reads, and that convolution.

    Only the division moves: padding with zeros is padding with the mean, before the division as after it.
    """
    for layer in model.layers:
        if isinstance(layer, NormalizePixels) and not layer.is_folded:
            reader = only_reader(layer, model)
            if isinstance(reader, ConvNorm) and not reader.spec.is_depthwise:
                yield layer, reader


def divide_kernel(conv: keras.layers.Layer, deviation: Sequence[float]) -> None:
    """Divides the kernel (h, w, inputs, outputs) by one number, or by one an input channel."""
    kernel, bias = conv.get_weights()
    conv.set_weights([kernel / np.asarray(deviation, kernel.dtype)[:, None], bias])


def copy_folded(layer: keras.layers.Layer, copy: keras.layers.Layer) -> None:
    """Gives a folded copy of one of our layers its weights."""
    for source, target in zip(parts(layer), parts(copy), strict=True):
        if isinstance(source, ConvNorm) and source.norm is not None:
            target.conv.set_weights(folded_weights(source.conv, source.norm))
        else:
            target.set_weights(source.get_weights())


def parts(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """Yields the convolution units of `layer`, and whatever else in it has weights."""
    if isinstance(layer, ConvNorm):
        yield layer
        return
    yield from layer.units.values()
    if layer.squeeze_excite is not None:
        yield layer.squeeze_excite


def num_normalisations(model: keras.Model) -> int:
    """Returns how many batch normalisations are left in `model`, however deep."""
    return sum(isinstance(one, keras.layers.BatchNormalization) for one in model._flatten_layers())

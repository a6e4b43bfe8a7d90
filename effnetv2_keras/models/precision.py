"""A network that computes in another precision."""

from __future__ import annotations

from typing import Any

import keras

from effnetv2_keras.layers.pixels import NormalizePixels
from effnetv2_keras.models.functional import check_functional, is_functional
from effnetv2_keras.models.fuse import new_input

# Pixels and the classifier stay in float32: bfloat16 keeps eight bits of a number.
FLOAT32_LAYERS = (
    NormalizePixels,
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.Dense,
    keras.layers.Softmax,
)


def in_precision(model: keras.Model, dtype: str) -> keras.Model:
    """Returns a network with the weights of `model` that holds and computes them in `dtype`.

    Layers that normalise pixels, dense layers and the last layer are float32 whatever `dtype` is.

    Args:
        model: a functional network; networks nested in it are taken along.
        dtype: "float32" or "bfloat16".

    Raises:
        UsageError: if `model` is not functional.
    """
    check_functional(model)
    last = model.layers[-1]

    def twin(layer: keras.layers.Layer) -> keras.layers.Layer:
        if is_functional(layer):
            return in_precision(layer, dtype)
        config = layer.get_config()
        if not isinstance(layer, keras.layers.InputLayer):
            config["dtype"] = "float32" if layer is last or isinstance(layer, FLOAT32_LAYERS) else dtype
        return type(layer).from_config(config)

    plain = keras.Model(model.input, model.output, name=model.name)
    inputs: Any = keras.tree.map_structure(new_input, model.input)
    copy = keras.models.clone_model(plain, input_tensors=inputs, clone_function=twin)
    copy.set_weights(model.get_weights())
    return copy


def is_float32(model: keras.Model) -> bool:
    """Tells whether every layer of `model` computes in float32."""
    return all(layer.compute_dtype in ("float32", None) for layer in model._flatten_layers())

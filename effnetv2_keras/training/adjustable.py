"""Makes the dropout of any functional model adjustable."""

from __future__ import annotations

import keras

from effnetv2_keras.layers.adjustable_dropout import AdjustableDropout


def with_adjustable_dropout(network: keras.Model) -> keras.Model:
    """Returns `network` with every stock `Dropout` replaced, or `network` itself where there is none.

    All other layers are shared, so the weights are the same variables.
    """
    if not any(_is_stock(layer) for layer in network._flatten_layers()):
        return network
    if not isinstance(network, keras.Sequential) and not hasattr(network, "_operations"):
        return network  # a subclassed model calls its layers by itself: nothing can be put in their place
    return keras.models.clone_model(network, clone_function=_adjustable_or_same)


def _adjustable_or_same(layer: keras.Layer) -> keras.Layer:
    if _is_stock(layer):
        return AdjustableDropout(layer.rate, seed=layer.seed, name=layer.name)
    if isinstance(layer, keras.Model):
        return with_adjustable_dropout(layer)
    return layer


def _is_stock(layer: keras.Layer) -> bool:
    return type(layer) is keras.layers.Dropout and layer.noise_shape is None

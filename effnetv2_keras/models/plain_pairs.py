"""Plain Keras convolutions that one batch normalisation follows, and what both are when folded into one."""

from __future__ import annotations

import keras
import numpy as np

from effnetv2_keras.models.readers import only_reader


class PlainPairs:
    """Finds the pairs of a functional network.

    A pair needs a convolution without activation whose output goes to one batch normalisation over the last axis,
    and to nothing else.
    """

    def __init__(self, model: keras.Model) -> None:
        self.norm_of: dict[str, keras.layers.Layer] = {}
        self.folded_norms: set[str] = set()
        for layer in model.layers:
            reader = only_reader(layer, model) if _is_plain_conv(layer) else None
            if reader is not None and _is_norm_over_channels(reader):
                self.norm_of[layer.name] = reader
                self.folded_norms.add(reader.name)

    def twin(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        """Returns a new layer that stands for `layer` in the folded network."""
        config = layer.get_config()
        if layer.name in self.norm_of:
            config["use_bias"] = True
        return type(layer).from_config(config)

    def weights(self, layer: keras.layers.Layer) -> list[np.ndarray]:
        """Returns the weights of that new layer."""
        norm = self.norm_of.get(layer.name)
        return layer.get_weights() if norm is None else folded_weights(layer, norm)


def folded_weights(conv: keras.layers.Layer, norm: keras.layers.Layer) -> list[np.ndarray]:
    """Returns kernel and bias of the convolution that does what `conv` and then `norm` do in inference.

    Computed in float64, so that the only rounding is that of the result.
    """
    kernel, *bias = (np.asarray(weight, "float64") for weight in conv.get_weights())
    mean = np.asarray(norm.moving_mean, "float64")
    factor = 1.0 / np.sqrt(np.asarray(norm.moving_variance, "float64") + norm.epsilon)
    if norm.scale:
        factor = factor * np.asarray(norm.gamma, "float64")
    shift = ((bias[0] if bias else 0.0) - mean) * factor
    if norm.center:
        shift = shift + np.asarray(norm.beta, "float64")
    # A depthwise kernel is (h, w, channels, multiplier): its outputs are its last two axes.
    if isinstance(conv, keras.layers.DepthwiseConv2D):
        factor = factor.reshape(kernel.shape[2:])
    return [(kernel * factor).astype("float32"), shift.astype("float32")]


def _is_plain_conv(layer: keras.layers.Layer) -> bool:
    if type(layer) not in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D):
        return False
    return layer.activation is keras.activations.linear and layer.data_format == "channels_last"


def _is_norm_over_channels(layer: keras.layers.Layer) -> bool:
    return type(layer) is keras.layers.BatchNormalization and layer.axis in (-1, 3)

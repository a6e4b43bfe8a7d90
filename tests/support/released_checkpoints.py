"""Checkpoints as TensorFlow 1 wrote them, under the released names (facts 1.7)."""

import re

import keras
import numpy as np
import tensorflow as tf

NORM = ("gamma", "beta", "moving_mean", "moving_variance")


def released_values(model, root):
    """Returns a network's weights under the released names: layers are counted by kind in the order of the graph."""
    values = {}
    blocks, counts = [], {}
    for layer in model.layers:
        if not layer.weights or isinstance(layer, keras.layers.Normalization):
            continue
        block = re.match(r"block\d+[a-z]", layer.name)
        if block and block[0] not in blocks:
            blocks.append(block[0])
        place = f"blocks_{blocks.index(block[0])}" if block else ("stem" if "stem" in layer.name else "head")
        place += "/se" if "_se_" in layer.name else ""
        kind, names = {
            "BatchNormalization": ("tpu_batch_normalization", NORM),
            "Conv2D": ("conv2d", ("kernel", "bias")),
            "DepthwiseConv2D": ("depthwise_conv2d", ("depthwise_kernel",)),
            "Dense": ("dense", ("kernel", "bias")),
        }[type(layer).__name__]
        number = counts.get((place, kind), 0)
        counts[place, kind] = number + 1
        for name, weight in zip(names, layer.get_weights(), strict=False):
            values[f"{root}/{place}/{kind}{f'_{number}' if number else ''}/{name}"] = weight
    return values


def write_checkpoint(values, prefix):
    """Writes what TensorFlow 1's Saver writes."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = {name: tf.compat.v1.Variable(value, name=name) for name, value in values.items()}
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver(variables).save(session, str(prefix), write_meta_graph=False)


def with_averages(values):
    """Returns a checkpoint whose own weights are useless and whose averages are `values`, and a step."""
    noise = np.random.default_rng(5)
    raw = {name: noise.normal(size=value.shape).astype("float32") for name, value in values.items()}
    averages = {f"{name}/ExponentialMovingAverage": value for name, value in values.items()}
    slots = {f"{name}/RMSProp": value for name, value in raw.items() if name.endswith("kernel")}
    return {**raw, **averages, **slots, "global_step": np.int64(7)}

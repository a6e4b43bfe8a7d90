"""A network that reads digits, and a twin that computes the same with a few channels much larger than the rest.

Nothing is trained by descent: the body is random, its batch normalisation measured, and the classifier the solution of
a least-squares problem. That takes seconds and reads more than nine digits of ten.
"""

from dataclasses import dataclass

import keras
import numpy as np
from sklearn.datasets import load_digits

from effnetv2_keras import ModelConfig, Stage, create_model

SIDE = 32  # px
# fmt: off
STAGES = (
    #     operator kernel stride expand channels layers  se
    Stage("fused",    3,    1,     1,      16,      1),
    Stage("fused",    3,    2,     4,      24,      2),
    Stage("mbconv",   3,    2,     4,      32,      2,  0.25),
)
# fmt: on
CONFIG = ModelConfig("digits", stages=STAGES, stem=16, head=256, eval_size=SIDE)
NUM_FIT = 1400
#  the residual stream of a stage: the blocks that write it, and what reads it
STREAMS = (
    (24, ("stage2_block1", "stage2_block2"), ("stage2_block2", "stage3_block1")),
    (32, ("stage3_block1", "stage3_block2"), ("stage3_block2", "head")),
)


@dataclass(frozen=True)
class Digits:
    """Scans (N, 32, 32, 3) uint8 and what they show, to fit on and to test on."""

    fit: np.ndarray
    fit_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def digits():
    """Returns 1400 digits to fit on and 397 to test on."""
    scans = load_digits()
    pixels = np.kron(scans.images * 255 / 16, np.ones((4, 4)))[..., None].repeat(3, axis=-1).astype("uint8")
    order = np.random.default_rng(0).permutation(len(pixels))
    fit, test = order[:NUM_FIT], order[NUM_FIT:]
    return Digits(pixels[fit], scans.target[fit], pixels[test], scans.target[test])


def digit_network(data):
    """Returns a network of ten classes that reads them."""
    keras.utils.set_random_seed(0)
    network = create_model(CONFIG, num_classes=10)
    _measure_statistics(network, data.fit[:200].astype("float32"))
    pooled = keras.Model(network.input, network.get_layer("pool").output)
    features = np.concatenate([pooled(data.fit[i : i + 200].astype("float32")).numpy() for i in range(0, NUM_FIT, 200)])
    kernel, bias = _least_squares(features, np.eye(10)[data.fit_labels])
    network.layers[-1].kernel.assign(kernel)
    network.layers[-1].bias.assign(bias)
    return network


def uneven_twin(network, factor):
    """Returns a network that computes the same, an eighth of its residual channels `factor` times as large."""
    twin = keras.models.clone_model(network)
    twin.set_weights(network.get_weights())
    draw = np.random.default_rng(1)
    for channels, writers, readers in STREAMS:
        scale = np.ones(channels, "float32")
        scale[draw.choice(channels, channels // 8, replace=False)] = factor
        for name in writers:
            norm = twin.get_layer(name).units["project"].norm
            norm.gamma.assign(norm.gamma * scale)
            norm.beta.assign(norm.beta * scale)
        for name in readers:
            layer = twin.get_layer(name)
            conv = layer.conv if name == "head" else layer.units["expand"].conv
            conv.kernel.assign(conv.kernel / scale[:, None])
    return twin


def _measure_statistics(network, images):
    """Gives every batch normalisation the mean and variance of what it sees."""
    norms = [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    for _ in range(2):  # in training mode each sees a batch that is normalised already
        network(images, training=True)
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum


def _least_squares(features, targets):
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    rows = np.concatenate([(features - mean) / deviation, np.ones((len(features), 1))], axis=1)
    solved = np.linalg.solve(rows.T @ rows + 30 * np.eye(rows.shape[1]), rows.T @ (10 * targets - 1))
    kernel = solved[:-1] / deviation[:, None]
    return kernel, solved[-1] - mean @ kernel

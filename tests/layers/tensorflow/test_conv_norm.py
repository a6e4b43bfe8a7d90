import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.configs.conv import Conv
from effnetv2_keras.layers.conv_norm import ConvNorm


def conv(**changes):
    facts = {
        **{"name": "unit", "inputs": 6, "channels": 8, "kernel": 3, "stride": 1, "is_depthwise": False},
        **{"activation": "silu", "padding": "tf", "bn_epsilon": 1e-3, "bn_momentum": 0.9},
    }
    return Conv(**{**facts, **changes})


KINDS = {
    "spatial": conv(),
    "strided": conv(stride=2),
    "torch's padding": conv(stride=2, padding="torch"),
    "pointwise": conv(kernel=1),
    "pointwise, strided": conv(kernel=1, stride=2),
    "pointwise, linear": conv(kernel=1, activation=None),
    "relu6": conv(activation="relu6"),
    "depthwise": conv(is_depthwise=True, channels=6),
    "depthwise, strided": conv(is_depthwise=True, channels=6, stride=2, kernel=5),
}


@pytest.mark.parametrize("kind", KINDS)
def test_output_gradients_and_statistics_equal_the_stock_layers(kind, both_ways, maps):
    fast, stock = both_ways(lambda: ConvNorm(KINDS[kind]), maps(3, 7, 9, 6))
    for ours, theirs in zip(fast, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["spatial", "pointwise", "depthwise, strided"])
def test_in_bfloat16_they_agree_to_its_precision(kind, both_ways, maps):
    fast, stock = both_ways(lambda: ConvNorm(KINDS[kind], dtype="mixed_bfloat16"), maps(3, 7, 9, 6))
    for ours, theirs in zip(fast, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0.05, atol=0.02 * np.abs(theirs).max())


def test_channels_far_from_zero_are_normalised_as_well(both_ways, maps):
    fast, stock = both_ways(lambda: ConvNorm(KINDS["pointwise"]), 50 + maps(3, 7, 9, 6))
    for ours, theirs in zip(fast, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3, atol=2e-3 * np.abs(theirs).max())


def test_the_statistics_are_those_that_numpy_computes(maps):
    unit = ConvNorm(conv(kernel=1))
    x = maps(4, 5, 5, 6)
    unit(x, training=True)
    taken = x @ np.asarray(unit.conv.kernel.value)[0, 0]
    np.testing.assert_allclose(unit.norm.moving_mean.value, 0.1 * taken.mean(axis=(0, 1, 2)), atol=1e-6)
    np.testing.assert_allclose(unit.norm.moving_variance.value, 0.9 + 0.1 * taken.var(axis=(0, 1, 2)), rtol=1e-5)


@pytest.mark.parametrize("activation", ["silu", None])
def test_frozen_normalisation_keeps_its_statistics(activation, both_ways, maps):
    def build():
        unit = ConvNorm(conv(activation=activation))
        unit.norm.trainable = False
        return unit

    x = maps(3, 7, 9, 6)
    fast, stock = both_ways(build, x)
    for ours, theirs in zip(fast, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    unit = build()
    unit(x, training=True)
    np.testing.assert_array_equal(unit.norm.moving_mean.value, np.zeros(8))


def test_folded_units_agree_too(both_ways, maps):
    fast, stock = both_ways(lambda: ConvNorm(conv(kernel=1), is_folded=True), maps(2, 4, 5, 6))
    for ours, theirs in zip(fast, stock, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_synchronised_normalisation_is_left_to_keras(maps, monkeypatch):
    unit = ConvNorm(conv())
    unit(maps(1, 4, 4, 6))
    unit.norm.synchronized = True
    called = []
    stock = keras.layers.BatchNormalization.call
    monkeypatch.setattr(
        keras.layers.BatchNormalization, "call", lambda self, *a, **k: called.append(self) or stock(self, *a, **k)
    )
    unit(maps(1, 4, 4, 6), training=True)
    assert called == [unit.norm]


def test_one_pixel_of_one_image_gives_no_nan(maps):
    unit = ConvNorm(conv(kernel=1))
    unit(maps(1, 1, 1, 6), training=True)
    assert np.isfinite(unit.norm.moving_variance.value).all()
    assert tf.reduce_all(tf.math.is_finite(unit(maps(1, 1, 1, 6))))

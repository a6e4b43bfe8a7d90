import keras
import numpy as np
import pytest
from keras import ops

from effnetv2_keras.configs.schedule import Phase
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.adjustable_dropout import AdjustableDropout
from effnetv2_keras.layers.knobs import Knobs
from effnetv2_keras.layers.stochastic_depth import StochasticDepth


def network_with_both():
    x = keras.Input((16,))
    y = StochasticDepth(0.2, position=0.5)(x)
    return keras.Model(x, AdjustableDropout(0.1)(y))


def test_dropout_drops_the_share_that_its_knob_says():
    layer = AdjustableDropout(0.5, seed=1)
    ones = np.ones((200, 200), "float32")
    for rate in (0.0, 0.25, 0.9):
        layer.knob.assign(rate)
        dropped = ops.convert_to_numpy(layer(ones, training=True))
        assert np.mean(dropped == 0) == pytest.approx(rate, abs=0.01)
        assert dropped.mean() == pytest.approx(1.0, abs=0.03)


def test_stochastic_depth_drops_whole_images_with_rate_times_position():
    layer = StochasticDepth(0.8, position=0.5, seed=1)
    dropped = ops.convert_to_numpy(layer(np.ones((4000, 2, 3, 1), "float32"), training=True)).reshape(4000, 6)
    assert set(np.unique(dropped)) == {np.float32(0.0), np.float32(1 / 0.6)}
    assert np.all(dropped.min(axis=1) == dropped.max(axis=1))
    assert np.mean(dropped[:, 0] == 0) == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("layer", [AdjustableDropout(0.5), StochasticDepth(0.5)])
def test_nothing_is_dropped_outside_training(layer):
    ones = np.ones((8, 4, 4, 2), "float32")
    assert np.array_equal(ops.convert_to_numpy(layer(ones)), ones)


@pytest.mark.parametrize("layer", [AdjustableDropout(0.3, seed=5), StochasticDepth(0.3, position=0.25, seed=5)])
def test_layers_come_back_from_their_config(layer):
    layer.knob.assign(0.7)
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.knob.value == pytest.approx(0.3)  # what it was built with


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_a_rate_that_is_no_probability_of_dropping_is_refused(rate):
    with pytest.raises(UsageError, match=f"`rate` must be at least 0 and below 1. Got: {rate}."):
        AdjustableDropout(rate)


def test_knobs_add_no_parameter():
    network = network_with_both()
    Knobs(network)
    assert network.count_params() == 0
    assert network.weights == []


def test_a_phase_turns_what_it_sets_and_leaves_the_rest():
    knobs = Knobs(network_with_both(), image_size=64)
    knobs.assign(Phase(0, 0, 0, image_size=96, randaugment=8.0, dropout=0.4))
    assert knobs.values() == pytest.approx(
        {"image_size": 96, "randaugment": 8.0, "mixup": 0.0, "cutmix": 0.0, "dropout": 0.4, "drop_path": 0.2}
    )


def test_turning_what_nothing_reads_is_refused_unless_it_is_off():
    x = keras.Input((4,))
    knobs = Knobs(keras.Model(x, keras.layers.Dense(2)(x)))
    knobs.turn("dropout", 0.0)
    with pytest.raises(UsageError, match="`dropout` is to be set to 0.3, but no layer of this network reads it"):
        knobs.turn("dropout", 0.3)


def test_layers_inside_other_models_are_found():
    inner = network_with_both()
    x = keras.Input((16,))
    knobs = Knobs(keras.Model(x, inner(x)))
    assert knobs.is_read("dropout")
    assert knobs.is_read("drop_path")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("randaugment", 31, "`randaugment` must be between 0 and 30. Got: 31."),
        ("mixup", -0.2, "`mixup` must be between 0 and inf. Got: -0.2."),
        ("dropout", 1.0, "`dropout` must be at least 0 and below 1. Got: 1.0."),
        ("randaugment", float("nan"), "`randaugment` must be between 0 and 30. Got: nan."),
    ],
)
def test_a_knob_is_not_turned_past_its_range(name, value, message):
    knobs = Knobs(network_with_both())
    with pytest.raises(UsageError, match=message):
        knobs.turn(name, value)

"""Kernels that pass over a variable once move it as Keras's own optimizers do."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.layers.fast import set_fast_training
from effnetv2_keras.training.optimizers import AdamW, by_name
from effnetv2_keras.training.rmsprop import RMSPropTF

RNG = np.random.default_rng(0)
VALUES = [RNG.normal(0, 1, shape).astype("float32") for shape in ((3, 4), (4,))]
GRADIENTS = [[RNG.normal(0, 1, value.shape).astype("float32") for value in VALUES] for _ in range(20)]


@pytest.fixture
def stock_kernels():
    set_fast_training(False)
    yield
    set_fast_training(True)


def variables():
    return [keras.Variable(value, name=name) for value, name in zip(VALUES, ("kernel", "bias"), strict=True)]


def moved(optimizer, count=20):
    """Returns the variables after `count` compiled steps."""
    own = variables()
    optimizer.build(own)
    step = tf.function(lambda *gradients: optimizer.apply(list(gradients), own))
    for gradients in GRADIENTS[:count]:
        step(*map(tf.constant, gradients))
    return [variable.numpy() for variable in own]


def kernels_of(optimizer):
    """Returns the operations of a traced step, by kind."""
    own = variables()
    optimizer.build(own)
    step = tf.function(lambda *gradients: optimizer.apply(list(gradients), own))
    graph = step.get_concrete_function(*map(tf.constant, GRADIENTS[0])).graph
    return [operation.type for operation in graph.get_operations()]


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_adamw_moves_as_kerass_own(weight_decay):
    ours = moved(AdamW(0.01, weight_decay=weight_decay, exclude=()))
    theirs = moved(keras.optimizers.AdamW(0.01, weight_decay=weight_decay))
    for own, stock in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(own, stock, rtol=0, atol=2e-6)
    assert np.abs(ours[0] - VALUES[0]).max() > 0.05


def test_rmsprop_moves_as_with_the_switch_off(stock_kernels):
    stock = moved(RMSPropTF(0.01))
    set_fast_training(True)
    for own, other in zip(moved(RMSPropTF(0.01)), stock, strict=True):
        np.testing.assert_allclose(own, other, rtol=0, atol=2e-6)
    assert np.abs(stock[0] - VALUES[0]).max() > 0.05


def test_accumulated_gradients_move_once():
    ours = moved(AdamW(0.01, exclude=(), gradient_accumulation_steps=4))
    theirs = moved(keras.optimizers.AdamW(0.01, gradient_accumulation_steps=4))
    for own, stock in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(own, stock, rtol=0, atol=2e-6)


def test_each_variable_has_one_kernel():
    assert kernels_of(AdamW(0.01)).count("ResourceApplyAdam") == 2
    assert kernels_of(RMSPropTF(0.01)).count("ResourceApplyRMSProp") == 2


def test_switched_off_it_is_kerass_own_step(stock_kernels):
    assert "ResourceApplyAdam" not in kernels_of(AdamW(0.01))
    assert "ResourceApplyRMSProp" not in kernels_of(RMSPropTF(0.01))


@pytest.mark.parametrize(
    "optimizer", [AdamW(0.01, amsgrad=True), RMSPropTF(0.01, momentum=0.0), RMSPropTF(centered=True)]
)
def test_what_no_kernel_computes_is_left_to_keras(optimizer):
    assert not {"ResourceApplyAdam", "ResourceApplyRMSProp"} & set(kernels_of(optimizer))


def test_variables_of_half_precision_are_left_to_keras():
    optimizer, variable = AdamW(0.5), keras.Variable([1.0], dtype="float16")
    optimizer.build([variable])
    step = tf.function(lambda: optimizer.apply([tf.constant([0.1], "float16")], [variable]))
    assert "ResourceApplyAdam" not in [
        operation.type for operation in step.get_concrete_function().graph.get_operations()
    ]


def test_rows_of_an_embedding_are_left_to_keras():
    optimizer, variable = AdamW(0.5, exclude=(), weight_decay=None), keras.Variable(np.ones((3, 1), "float32"))
    rows = tf.IndexedSlices(tf.constant([[0.1]]), tf.constant([1]), tf.constant([3, 1]))
    optimizer.apply([rows], [variable])
    assert variable.numpy()[:, 0] == pytest.approx([1.0, 0.5, 1.0], abs=1e-4)


def test_the_name_adamw_is_kerass_own_decay_included():
    named = by_name("adamw")
    assert isinstance(named, AdamW)
    assert (named.weight_decay, named.exclude, float(named.learning_rate)) == (0.004, (), pytest.approx(0.001))
    assert by_name("sgd") == "sgd"


REPLICAS = """
import keras, numpy as np, tensorflow as tf
cpus = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpus[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from effnetv2_keras.training.optimizers import AdamW

def trained(strategy):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile(AdamW(0.1), "mse")
    rng = np.random.default_rng(1)
    model.fit(rng.normal(size=(16, 3)), rng.normal(size=(16, 2)), batch_size=8, epochs=3, shuffle=False, verbose=0)
    return model.get_weights()

both = zip(trained(tf.distribute.get_strategy()), trained(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])))
print(max(float(np.abs(one - two).max()) for one, two in both) < 1e-5)
"""


def test_two_replicas_move_as_one():
    done = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=False)
    assert done.stdout.split()[-1:] == ["True"], done.stderr[-2000:]

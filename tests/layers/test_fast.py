import subprocess
import sys
from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras import ModelConfig, Stage, create_model
from effnetv2_keras.layers.fast import is_fast_training, is_wanted, set_fast_training, trains_fast
from effnetv2_keras.models.fuse import fuse


@pytest.fixture
def switched_off():
    set_fast_training(False)
    yield
    set_fast_training(True)


def small_network():
    rows = (Stage("fused", 3, 2, 2, 8, 2), Stage("mbconv", 3, 2, 4, 12, 2, 0.25))
    config = ModelConfig("small", rows, stem=8, head=16, eval_size=32, dropout=0.0, drop_path=0.0)
    keras.utils.set_random_seed(0)
    return create_model(config, num_classes=3)


def trained(steps=3):
    """Returns a network after `steps` steps of gradient descent, and their losses."""
    network = small_network()
    network.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(0, 255, (steps * 4, 32, 32, 3)).astype("float32"), rng.integers(0, 3, steps * 4)
    losses = [float(network.train_on_batch(images[i::steps], labels[i::steps])) for i in range(steps)]
    return network, losses, images


def operations(function):
    """Returns how many operations of each kind a traced function and all it calls have, and what XLA compiles."""
    graph = function.graph.as_graph_def()
    inner = [node.op for called in graph.library.function for node in called.node_def]
    compiled = [called.signature.name for called in graph.library.function if called.attr["_XlaMustCompile"].b]
    return Counter([node.op for node in graph.node] + inner), compiled


SPEC = tf.TensorSpec((2, 32, 32, 3), tf.float32)


def test_it_is_on_unless_switched_off(switched_off):
    assert not is_fast_training()
    set_fast_training(True)
    assert trains_fast(True)


@pytest.mark.parametrize("training", [False, None])
def test_inference_takes_stock_operations(training):
    assert not trains_fast(training)


def test_a_step_that_xla_compiles_takes_stock_operations():
    seen = []
    tf.function(lambda: seen.append(trains_fast(True)), jit_compile=True)()
    tf.function(lambda: seen.append(trains_fast(True)))()
    assert seen == [False, True]


def test_the_environment_switches_it_off():
    assert is_wanted({})
    assert not is_wanted({"EFFNETV2_FAST_TRAINING": "0"})


def test_a_network_trains_to_the_same_weights(request):
    fast, losses, _ = trained()
    request.getfixturevalue("switched_off")
    stock, expected, _ = trained()
    np.testing.assert_allclose(losses, expected, rtol=1e-4)
    for ours, theirs in zip(fast.get_weights(), stock.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def test_a_traced_step_has_compiled_parts_and_an_exported_graph_is_the_stock_one(request):
    network = small_network()
    twin = fuse(network)

    def traced(model, training):
        return operations(
            tf.function(lambda x: model(x, training=training), autograph=False).get_concrete_function(SPEC)
        )

    assert traced(network, True)[1]
    served, folded = traced(network, False), traced(twin, False)
    request.getfixturevalue("switched_off")
    assert served == (traced(network, False)[0], [])
    assert folded == (traced(twin, False)[0], [])


def test_what_was_trained_is_saved_loaded_and_folded(tmp_path):
    network, _, images = trained()
    network.save(tmp_path / "all.keras")
    network.save_weights(tmp_path / "only.weights.h5")
    again, filled = keras.saving.load_model(tmp_path / "all.keras"), small_network()
    filled.load_weights(tmp_path / "only.weights.h5")
    expected = network.predict(images, verbose=0)
    for other in (again, filled, fuse(network)):
        np.testing.assert_allclose(other.predict(images, verbose=0), expected, rtol=1e-4, atol=1e-4)


TWO_REPLICAS = """
import keras
import numpy as np
import tensorflow as tf

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from effnetv2_keras import ModelConfig, Stage, create_model
from effnetv2_keras.layers.fast import set_fast_training

rows = (Stage("fused", 3, 2, 2, 8, 1), Stage("mbconv", 3, 2, 2, 8, 1, 0.25))
config = ModelConfig("small", rows, stem=8, head=8, eval_size=32, dropout=0.0, drop_path=0.0)
rng = np.random.default_rng(0)
images, labels = rng.integers(0, 256, (8, 32, 32, 3)).astype("uint8"), rng.integers(0, 3, 8)
data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(8)
found = []
for is_fast in (True, False):
    set_fast_training(is_fast)
    keras.utils.set_random_seed(0)
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        network = create_model(config, num_classes=3)
        network.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    losses = network.fit(data, epochs=2, verbose=0).history["loss"]
    found.append([*losses, *[np.asarray(weight.value).sum() for weight in network.weights]])
print(np.abs(np.array(found[0]) - np.array(found[1])).max() < 2e-3, len(found[0]))
"""


def test_two_replicas_train_to_the_same_weights():
    done = subprocess.run([sys.executable, "-c", TWO_REPLICAS], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True 43", done.stderr[-2000:]

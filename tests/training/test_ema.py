"""The moving average of the weights. Long because it meets every other part of a training."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from small_networks import plain_network

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.create import create_model
from effnetv2_keras.training.checkpoint import Position, load_checkpoint, save_checkpoint
from effnetv2_keras.training.classifier import Classifier

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")


def numbers(variables):
    return [ops.convert_to_numpy(ops.copy(ops.convert_to_tensor(variable))) for variable in variables]


def make(ema_decay=0.9999, optimizer=None, **kwargs):
    keras.utils.set_random_seed(0)
    classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
    classifier.compile(optimizer or keras.optimizers.SGD(0.1), ema_decay=ema_decay, **kwargs)
    return classifier


def train(classifier, epochs=2, **kwargs):
    return classifier.fit(IMAGES, LABELS, batch_size=4, epochs=epochs, shuffle=False, verbose=0, **kwargs)


class Follow(keras.callbacks.Callback):
    """Averages the raw weights after every batch with TensorFlow's own class."""

    def __init__(self, weights, decay, every=1):
        super().__init__()
        self.weights, self.every, self.batches = weights, every, 0
        self.copies = [tf.Variable(value) for value in numbers(weights)]
        self.number = tf.Variable(0)
        self.average = tf.train.ExponentialMovingAverage(decay, num_updates=self.number)
        self.average.apply(self.copies)
        for copy in self.copies:  # `apply` has moved the fresh shadows by nothing
            np.testing.assert_array_equal(self.average.average(copy).numpy(), copy.numpy())

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        if self.batches % self.every == 0:
            self.number.assign_add(1)
            for copy, value in zip(self.copies, numbers(self.weights), strict=True):
                copy.assign(value)
            self.average.apply(self.copies)

    def assert_same(self, averages):
        for copy, average in zip(self.copies, numbers(averages), strict=True):
            assert np.abs(self.average.average(copy).numpy() - average).max() < 2e-6


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("decay", [0.9999, 0.3])
def test_the_average_is_tensorflow_1s_batch_norm_statistics_included(decay, jit_compile):
    classifier = make(decay, jit_compile=jit_compile)
    names = [weight.name for weight in classifier.ema.weights]
    assert names == ["kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "kernel", "bias"]
    follow = Follow(classifier.network.weights, decay)
    train(classifier, epochs=5, callbacks=[follow])
    follow.assert_same(classifier.ema.averages)
    assert int(numbers([classifier.ema.updates])[0]) == 10


def test_the_first_updates_keep_2_of_11_then_3_of_12():
    classifier = make()
    bias = classifier.ema.averages[-1]
    raw = classifier.network.layers[-1].bias
    start = numbers([raw])[0]
    classifier.train_on_batch(IMAGES, LABELS)
    first = numbers([raw])[0]
    assert numbers([bias])[0] == pytest.approx(start * 2 / 11 + first * 9 / 11, abs=1e-6)
    expected = numbers([bias])[0] * 3 / 12
    classifier.train_on_batch(IMAGES, LABELS)
    assert numbers([bias])[0] == pytest.approx(expected + numbers([raw])[0] * 9 / 12, abs=1e-6)


def test_without_warm_up_the_decay_holds_from_the_start():
    classifier = make(0.75, ema_warmup=False)
    start = numbers([classifier.network.layers[-1].bias])[0]
    classifier.train_on_batch(IMAGES, LABELS)
    moved = numbers([classifier.network.layers[-1].bias])[0]
    assert numbers([classifier.ema.averages[-1]])[0] == pytest.approx(0.75 * start + 0.25 * moved, abs=1e-6)


def test_under_accumulation_only_updates_are_averaged_and_every_batch_is_counted():
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    classifier = make(optimizer=optimizer)
    follow = Follow(classifier.network.weights, 0.9999, every=2)
    train(classifier, epochs=3, callbacks=[follow])
    follow.assert_same(classifier.ema.averages)
    assert int(numbers([classifier.ema.updates])[0]) == 3
    assert int(numbers([classifier.step])[0]) == 6


def reference_with(weights):
    """A network with these weights that knows of no average."""
    network = plain_network(dropout=0.0)
    network.set_weights(weights)
    network.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return network


def test_evaluation_prediction_and_validation_see_the_average():
    classifier = make(0.9)
    history = train(classifier, epochs=3, validation_data=(IMAGES, LABELS)).history
    raw, averaged = (reference_with(numbers(of)) for of in (classifier.network.weights, classifier.ema.averages))
    right = averaged.evaluate(IMAGES, LABELS, verbose=0)
    assert abs(raw.evaluate(IMAGES, LABELS, verbose=0) - right) > 1e-3
    assert history["val_loss"][-1] == pytest.approx(right, rel=1e-5)
    assert classifier.evaluate(IMAGES, LABELS, verbose=0)[0] == pytest.approx(right, rel=1e-5)
    assert classifier.predict(IMAGES, verbose=0) == pytest.approx(averaged.predict(IMAGES, verbose=0), abs=1e-5)


class Explode(keras.callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        raise RuntimeError("stop")

    on_predict_batch_end = on_test_batch_end


def test_raw_weights_come_back_and_training_goes_on_as_if_nobody_had_looked(tmp_path):
    undisturbed, looked_at = make(0.9), make(0.9)
    train(undisturbed, epochs=4)
    train(looked_at, epochs=1)
    looked_at.predict(IMAGES, verbose=0)
    train(looked_at, epochs=1)
    looked_at.evaluate(IMAGES, LABELS, verbose=0)
    for ask in (
        lambda c: looked_at.evaluate(IMAGES, LABELS, verbose=0, callbacks=c),
        lambda c: looked_at.predict(IMAGES, verbose=0, callbacks=c),
    ):
        with pytest.raises(RuntimeError, match="stop"):
            ask([Explode()])
    train(looked_at, epochs=1)
    looked_at.save_weights(tmp_path / "a.weights.h5")
    train(looked_at, epochs=1, validation_data=(IMAGES, LABELS))
    for a, b in zip(numbers(looked_at.network.weights), numbers(undisturbed.network.weights), strict=True):
        assert a == pytest.approx(b, abs=1e-6)
    for a, b in zip(numbers(looked_at.ema.averages), numbers(undisturbed.ema.averages), strict=True):
        assert a == pytest.approx(b, abs=1e-6)


def test_saved_weights_and_files_hold_the_average_and_nothing_else(tmp_path):
    import h5py

    classifier = make(0.9)
    train(classifier)
    classifier.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.weights.h5") as file:
        found = []
        file.visititems(lambda name, item: found.append(item.shape) if isinstance(item, h5py.Dataset) else None)
    assert sorted(found) == sorted(tuple(weight.shape) for weight in classifier.network.weights)
    plain = plain_network(dropout=0.0)
    plain.load_weights(tmp_path / "a.weights.h5")
    for a, b in zip(numbers(plain.weights), numbers(classifier.ema.averages), strict=True):
        assert np.array_equal(a, b)


def test_the_average_is_no_parameter():
    classifier = Classifier(create_model("efficientnetv2-b0"))
    classifier.compile("sgd", ema_decay=0.9999)
    assert classifier.count_params() == 7_200_312  # facts 1.1


def test_an_exported_model_gives_what_was_evaluated(tmp_path):
    from effnetv2_keras.export.saved_model import export_saved_model

    classifier = make(0.9)
    train(classifier, epochs=3)
    before = numbers(classifier.network.weights)
    exported = export_saved_model(classifier, tmp_path / "served", image_size=32)
    loaded = tf.saved_model.load(str(exported.path))
    served = loaded.signatures["serving_images"](images=tf.cast(IMAGES, tf.float32))["probabilities"].numpy()
    logits = reference_with(numbers(classifier.ema.averages)).predict(IMAGES, verbose=0)
    assert served == pytest.approx(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), abs=1e-4)
    raw = reference_with(before).predict(IMAGES, verbose=0)
    assert np.abs(raw - logits).max() > 1e-3
    kept = tf.train.load_checkpoint(str(exported.path / "variables" / "variables")).get_variable_to_shape_map()
    held = sum(int(np.prod(shape)) for name, shape in kept.items() if not name.startswith("_CHECKPOINTABLE"))
    assert held <= classifier.count_params() + 1  # TensorFlow's save counter
    for a, b in zip(numbers(classifier.network.weights), before, strict=True):
        assert np.array_equal(a, b)


def test_a_run_that_goes_on_has_its_average(tmp_path):
    first = make()
    train(first)
    save_checkpoint(tmp_path / "c.npz", first, Position(2))
    again = make()
    load_checkpoint(tmp_path / "c.npz", again)
    assert numbers([again.ema.updates]) == numbers([first.ema.updates])
    for classifier in (first, again):
        train(classifier)
    for a, b in zip(numbers(again.ema.averages), numbers(first.ema.averages), strict=True):
        assert a == pytest.approx(b, abs=1e-6)


def test_weights_loaded_after_compile_are_where_the_average_starts(tmp_path):
    keras.utils.set_random_seed(5)
    other = plain_network(dropout=0.0)
    other.save_weights(tmp_path / "a.weights.h5")
    classifier = make()
    train(classifier)
    classifier.load_weights(tmp_path / "a.weights.h5")
    expected = ops.convert_to_numpy(other(IMAGES.astype("float32")))
    assert classifier.predict(IMAGES, verbose=0) == pytest.approx(expected, abs=1e-5)
    late = make()
    late.network.set_weights(numbers(other.weights))
    start = numbers(other.weights)[-1]
    late.fit(IMAGES, LABELS, batch_size=8, verbose=0)
    moved = numbers(late.network.weights)[-1]
    assert numbers(late.ema.averages)[-1] == pytest.approx(start * 2 / 11 + moved * 9 / 11, abs=1e-6)


def test_compiling_again_without_an_average_forgets_it():
    classifier = make()
    num_with = len(classifier.variables)
    classifier.compile("sgd")
    assert num_with - len(classifier.variables) == 9  # eight averages and their counter
    train(classifier)
    assert classifier.ema is None


def test_two_averages_at_once_are_refused():
    with pytest.raises(UsageError, match="There must be one moving average"):
        make(optimizer=keras.optimizers.SGD(0.1, use_ema=True))


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_a_decay_out_of_its_range_is_refused(decay):
    with pytest.raises(UsageError, match="`ema_decay` must be above 0 and below 1"):
        make(decay)


def test_data_that_break_off_leave_the_weights_as_they_were():
    def broken():
        yield IMAGES[:4], LABELS[:4]
        raise OSError("no such photo")

    classifier = make(0.9)
    train(classifier)
    before = numbers(classifier.network.weights)
    for look in (classifier.evaluate, classifier.predict):
        with pytest.raises(Exception, match="no such photo"):
            look(broken(), verbose=0)
        for a, b in zip(numbers(classifier.network.weights), before, strict=True):
            assert np.array_equal(a, b)


def test_a_whole_classifier_is_saved_with_its_average(tmp_path):
    classifier = make(0.9)
    train(classifier)
    classifier.save(tmp_path / "all.keras")
    again = keras.saving.load_model(tmp_path / "all.keras", compile=False)
    for a, b in zip(numbers(again.network.weights), numbers(classifier.ema.averages), strict=True):
        assert np.array_equal(a, b)


TWO_REPLICAS = """
import keras
import numpy as np
import tensorflow as tf

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from effnetv2_keras.training.classifier import Classifier

rng = np.random.default_rng(0)
images, labels = rng.integers(0, 256, (8, 32, 32, 3)).astype("uint8"), np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")
found = []
for strategy in (tf.distribute.get_strategy(), tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        x = keras.Input((32, 32, 3))
        y = keras.layers.BatchNormalization(synchronized=True)(keras.layers.Conv2D(4, 3, strides=4)(x))
        network = keras.Model(x, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(y)))
        classifier = Classifier(network, augmentation=None)
        classifier.compile(keras.optimizers.SGD(0.01), ema_decay=0.9, l2=0.01)
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(8)
    losses = classifier.fit(data, epochs=6, verbose=0).history["loss"]
    loss = classifier.evaluate(data, verbose=0)[0]
    found.append([*losses, loss, *[float(np.abs(np.asarray(a.value)).sum()) for a in classifier.ema.averages]])
    try:
        classifier.compile(keras.optimizers.SGD(0.01, gradient_accumulation_steps=2))
    except ValueError as error:
        print(error)
print(np.abs(np.array(found[0]) - np.array(found[1])).max() < 1e-3, len(found[0]))
"""


def test_on_two_replicas_it_is_the_average_of_one():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", TWO_REPLICAS], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().splitlines()[-2:] == [
        "Gradients can be accumulated on one replica only: Keras breaks off on several. "
        "Got: 2 batches an update on 2 replicas.",
        "True 15",
    ], done.stderr[-2000:]

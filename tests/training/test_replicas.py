import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from small_networks import plain_network

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.augment.randomness import StepSeed
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Feed, Knobs
from effnetv2_keras.training.augmenting import Augmenter
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.replicas import num_replicas, worker_of

ONE_AND_TWO = """
import keras
import numpy as np
import tensorflow as tf

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from small_networks import at_the_knobs_size, plain_network
from effnetv2_keras.training.metric_state import metric_values, set_metric_values
from effnetv2_keras import Augmentation, Classifier, ProgressiveCallback, ProgressiveSchedule, Ramp

schedule = ProgressiveSchedule(
    epochs=2, num_phases=2, image_size=Ramp(32, 48), randaugment=Ramp(3, 6), mixup=Ramp(0.1, 0.2)
)


def trained(strategy, parts=0):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        augmentation = Augmentation(operations=("Rotate", "Color"), num_layers=1)
        classifier = Classifier(plain_network(dropout=0.0), augmentation=augmentation, parts=parts)
        classifier.compile(keras.optimizers.SGD(0.1), ema_decay=0.9, l2=0.01, jit_compile=False)
    data = at_the_knobs_size(classifier.knobs)
    greys = np.arange(5)[:, None, None, None] * np.ones((5, 48, 48, 3))
    measured = tf.data.Dataset.from_tensor_slices((greys, [0, 1, 2, 0, 1])).batch(3)
    callbacks = [ProgressiveCallback(schedule, verbose=0)]
    history = classifier.fit(data, validation_data=measured, epochs=2, callbacks=callbacks, verbose=0).history
    weights = [np.asarray(variable.value) for variable in [*classifier.network.weights, *classifier.ema.averages]]
    seen = [history[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy", "image_size")]
    counted = metric_values(classifier)
    set_metric_values(classifier, counted)
    is_kept = [bool((a == b).all()) for a, b in zip(counted, metric_values(classifier), strict=True)]
    is_shared = [layer.synchronized for layer in classifier.network.layers if hasattr(layer, "synchronized")]
    return np.array(seen), weights, [*is_shared, *is_kept]


two, weights, is_shared = trained(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
one, others, _ = trained(tf.distribute.get_strategy(), parts=2)
whole, _, _ = trained(tf.distribute.get_strategy())
print("sizes", two[4].tolist())
print("as one that divides its batch:", bool(np.abs(two - one).max() < 1e-4))
print("weights and averages:", bool(max(np.abs(a - b).max() for a, b in zip(weights, others)) < 1e-4))
print("as one that draws for the whole batch:", bool(np.abs(two[0] - whole[0]).max() < 1e-4))
print("left as it was:", is_shared)
"""


@pytest.mark.slow
def test_two_devices_learn_what_one_does():
    path = os.pathsep.join(["tests/support", *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ONE_AND_TWO],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.stdout.strip().splitlines() == [
        "sizes [32.0, 48.0]",
        "as one that divides its batch: True",
        "weights and averages: True",
        "as one that draws for the whole batch: False",
        "left as it was: [False, True, True, True, True]",
    ], done.stderr[-3000:]


MASKS = """
import keras
import numpy as np
import tensorflow as tf

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from effnetv2_keras.layers.adjustable_dropout import AdjustableDropout

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
alone = AdjustableDropout(0.5, seed=3)(np.ones(1000, "float32"), training=True)
with strategy.scope():
    layer = AdjustableDropout(0.5, seed=3)
run = tf.function(lambda: strategy.run(lambda: layer(tf.ones(1000), training=True)))
first, second = (part.numpy() for part in strategy.experimental_local_results(run()))
print(bool((first == alone.numpy()).all()), bool(0.4 < (first == second).mean() < 0.6))
"""


def test_every_device_drops_other_elements():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", MASKS], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True True", done.stderr[-3000:]


def test_a_batch_in_parts_is_augmented_part_by_part():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 24, 24, 3)).astype("uint8")
    labels = np.eye(3, dtype="float32")[[0, 1, 2, 0, 1, 2]]
    augmentation = Augmentation(operations=("Rotate", "Color"), erasing_rate=0.5)
    knobs = Knobs(plain_network(), seed=7)
    knobs.turn("randaugment", 6.0)
    knobs.turn("mixup", 0.4)
    whole = Augmenter(augmentation, knobs, parts=3)(images, labels, ops.convert_to_tensor(5))
    for part in range(3):
        rows = slice(2 * part, 2 * part + 2)
        seed = StepSeed(7, 15 + part)  # the step's three parts take the numbers 15, 16 and 17
        alone = augmentation(images[rows], labels[rows], magnitude=6.0, mixup=0.4, cutmix=0.0, seed=seed)
        for ours, theirs in zip(whole, alone, strict=True):
            np.testing.assert_array_equal(np.asarray(ours)[rows], np.asarray(theirs))


def test_on_one_device_there_is_one_replica_and_one_worker():
    classifier = Classifier(plain_network())
    assert num_replicas(classifier) == 1
    assert worker_of(classifier) == (0, 1)


def test_a_batch_that_its_parts_do_not_divide_is_refused():
    classifier = Classifier(plain_network(), parts=4)
    classifier.compile("sgd")
    classifier.knobs.feed = Feed(num_images=12, batch_sizes=(6,))
    with pytest.raises(UsageError, match="`batch_size` must be a multiple of the `parts` of a batch, 4. Got: 6."):
        classifier.fit(np.zeros((6, 32, 32, 3), "uint8"), np.zeros(6, "int32"), verbose=0)


def test_the_parts_come_back_with_a_saved_classifier(tmp_path):
    import keras

    Classifier(plain_network(), parts=4).save(tmp_path / "it.keras")
    assert keras.saving.load_model(tmp_path / "it.keras").parts == 4


def test_a_strategy_of_one_device_trains_with_an_optimizer_that_has_slots():
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
        classifier.compile("adamw")
    greys = np.arange(4)[:, None, None, None] * np.ones((4, 48, 48, 3))
    data = tf.data.Dataset.from_tensor_slices((greys, [0, 1, 2, 0])).batch(2)
    history = classifier.fit(data, epochs=2, verbose=0).history
    assert len(history["loss"]) == 2
    assert np.isfinite(history["loss"]).all()

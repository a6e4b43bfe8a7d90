import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops
from small_networks import at_the_knobs_size, plain_network, probe_network

from effnetv2_keras.augment.compiling import CompileChoice
from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.layers.knobs import Feed, Knobs
from effnetv2_keras.training.augmenting import Augmenter, choose_by_phase
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.progressive import ProgressiveCallback
from effnetv2_keras.training.run import prepare, train

FEW = ("Rotate", "Color", "Invert")
YES, NO = CompileChoice(True, "compiled: saves"), CompileChoice(False, "not compiled: would save")


def test_compiled_and_plain_augmentation_give_the_same_batch():
    knobs = Knobs(plain_network(), seed=4)
    for name, value in {"randaugment": 9.0, "mixup": 0.4, "cutmix": 0.4}.items():
        knobs.turn(name, value)
    augmenter = Augmenter(Augmentation(operations=FEW), knobs)
    images = np.random.default_rng(0).integers(0, 256, (6, 24, 24, 3)).astype("uint8")
    labels = np.eye(6, dtype="float32")
    plain_images, plain_labels = augmenter(images, labels, ops.convert_to_tensor(7))
    augmenter.plan([YES])
    images, labels = augmenter(images, labels, ops.convert_to_tensor(7))
    assert np.abs(ops.convert_to_numpy(labels) - ops.convert_to_numpy(plain_labels)).max() < 1e-5
    assert np.abs(ops.convert_to_numpy(images) - ops.convert_to_numpy(plain_images)).max() <= 1.0


@pytest.mark.parametrize(
    ("choices", "paths"), [([NO, NO], "plain"), ([YES, YES], "compiled"), ([NO, YES], "both"), ([], "plain")]
)
def test_the_step_holds_the_paths_that_are_needed(choices, paths):
    augmenter = Augmenter(Augmentation(), Knobs(plain_network()))
    augmenter.plan(choices)
    assert augmenter.paths == paths


def test_long_phases_are_compiled_and_short_ones_are_not():
    knobs = Knobs(plain_network())
    schedule = ProgressiveSchedule(epochs=8, num_phases=2, image_size=Ramp(32, 256))
    assert choose_by_phase(knobs, schedule) == []
    knobs.feed = Feed(num_images=3200, batch_sizes=(32,))
    assert [choice.compiled for choice in choose_by_phase(knobs, schedule)] == [False, True]


def test_a_run_changes_over_to_the_compiled_path_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr("effnetv2_keras.training.classifier.choose_by_phase", lambda knobs, schedule: [NO, YES])
    schedule = ProgressiveSchedule(epochs=2, num_phases=2, image_size=Ramp(32, 40), randaugment=Ramp(1, 5))
    classifier = Classifier(probe_network(), augmentation=Augmentation(operations=FEW))
    classifier.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    data = at_the_knobs_size(classifier.knobs)
    classifier.knobs.feed = Feed(num_images=12, batch_sizes=(4,))
    history = classifier.fit(data, epochs=2, callbacks=[ProgressiveCallback(schedule)], verbose=0).history
    assert classifier.augmenter.paths == "both"
    assert np.isfinite(history["loss"]).all()
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("augmentation")]
    assert said == ["augmentation not compiled: would save", "augmentation compiled: saves"]
    assert classifier.augmenter.is_compiled.value == 1.0


class TraceCounter(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_four_phases_of_augmentation_are_one_trace(jit_compile):
    schedule = ProgressiveSchedule(
        epochs=4, num_phases=4, size_multiple=8, image_size=Ramp(32, 47),
        randaugment=Ramp(0, 15), mixup=Ramp(0.0, 0.2), cutmix=Ramp(0.0, 0.6),
    )  # fmt: skip
    classifier = TraceCounter(probe_network(), augmentation=Augmentation(operations=FEW))
    classifier.compile(keras.optimizers.SGD(0.01), jit_compile=jit_compile)
    callbacks = [ProgressiveCallback(schedule, verbose=0)]
    history = classifier.fit(at_the_knobs_size(classifier.knobs), epochs=4, callbacks=callbacks, verbose=0).history
    assert classifier.traces == 1
    assert history["image_size"] == [32, 32, 40, 40]
    assert history["randaugment"] == [0, 5, 10, 15]
    assert history["mixup"] == pytest.approx([0, 0.2 / 3, 0.4 / 3, 0.2])
    assert history["cutmix"] == pytest.approx([0, 0.2, 0.4, 0.6])
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_traced_step_feels_every_turn_of_a_knob(jit_compile):
    """Flat images of level 200: Invert makes 55 of them, a mix of two classes shows in the labels."""
    seen = []

    class Recorder(Classifier):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            seen.append(None)
            loss = super().compute_loss(x, y, y_pred, sample_weight, training)
            return 0.0 * loss + ops.mean(x) + 1000.0 * ops.mean(ops.min(y, axis=1))

    inverting = Augmentation(horizontal_flip=False, num_layers=1, operations=("Invert",))
    classifier = Recorder(plain_network(num_classes=2, dropout=0.0), augmentation=inverting)
    classifier.compile(keras.optimizers.SGD(0.0), jit_compile=jit_compile)
    images, labels = np.full((8, 16, 16, 3), 200, "uint8"), np.arange(8, dtype="int32") % 2

    def loss(**knobs):
        for name, value in knobs.items():
            classifier.knobs.turn(name, value)
        return classifier.fit(images, labels, batch_size=8, shuffle=False, verbose=0).history["loss"][0]

    assert loss() == pytest.approx(200.0)
    assert loss(randaugment=3.0) == pytest.approx(55.0)
    assert loss(randaugment=0.0, mixup=50.0) > 300.0  # rows near one half
    assert loss(mixup=0.0) == pytest.approx(200.0)
    assert loss(cutmix=50.0) > 210.0
    assert loss(cutmix=0.0) == pytest.approx(200.0)
    assert len(seen) <= 3


def test_a_layer_of_keras_works_inside_the_step():
    class Darkest(keras.layers.Layer):
        """Keeps the darkest level of each image that it saw in training."""

        def __init__(self):
            super().__init__()
            self.level = self.add_weight(shape=(4,), trainable=False, name="level")

        def call(self, images, training=False):
            if training:
                self.level.assign(ops.min(images, axis=(1, 2, 3)))
            return images

    darkest = Darkest()
    pixels = keras.Input((24, 24, 3))
    network = keras.Model(pixels, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(darkest(pixels))))
    erasing = keras.layers.RandomErasing(factor=(1.0, 1.0), fill_value=7.0, seed=1)
    classifier = Classifier(network, augmentation=Augmentation(layers=(erasing,)))
    classifier.compile("sgd", jit_compile=False)
    classifier.fit(np.full((4, 24, 24, 3), 200, "uint8"), np.arange(4) % 2, batch_size=4, verbose=0)
    assert ops.convert_to_numpy(ops.copy(darkest.level)).tolist() == [7.0] * 4


def test_a_run_says_of_each_phase_whether_it_compiles(photo_folder, tiny_model_file, tmp_path, capsys):
    photos, model = str(photo_folder), str(tiny_model_file)
    settings = TrainSettings(photos, model, epochs=2, batch_size=4, progressive="32:48/2", randaugment="1:5")
    train(prepare(settings, tmp_path / "run"))
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("augmentation")]
    assert [line.partition(" s in")[0] for line in said] == ["augmentation not compiled: would save about 0"] * 2
    assert "32 px" in said[0]
    assert "48 px" in said[1]


TWO_REPLICAS = """
import tensorflow as tf

[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from effnetv2_keras.layers.tensorflow.replica import parts_of_replica

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])

def found(parts):
    firsts = strategy.run(lambda: parts_of_replica(parts)[0])
    return [int(first) for first in strategy.experimental_local_results(firsts)]

print(found(0), found(2), found(4), parts_of_replica(0), parts_of_replica(4))
"""


def test_every_replica_draws_for_itself():
    done = subprocess.run([sys.executable, "-c", TWO_REPLICAS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0, 1] [0, 1] [0, 2] (0, 1, 1) (0, 4, 4)"

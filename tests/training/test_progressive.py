import keras
import numpy as np
import pytest
from keras import ops
from small_networks import at_the_knobs_size, plain_network, probe_network

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Knobs
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.progressive import ProgressiveCallback

FOUR_PHASES = ProgressiveSchedule(
    epochs=4, num_phases=4, image_size=Ramp(32, 56), dropout=Ramp(0.0, 0.6), drop_path=Ramp(0.6, 0.0)
)


class TraceCounter(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


def fit(classifier, data, schedule=FOUR_PHASES, **kwargs):
    arguments = {"epochs": schedule.epochs, "verbose": 0, "callbacks": [ProgressiveCallback(schedule, verbose=0)]}
    return classifier.fit(data, **{**arguments, **kwargs})


@pytest.mark.parametrize("jit_compile", [False, True])
def test_size_dropout_and_stochastic_depth_change_inside_one_compiled_step(jit_compile):
    classifier = TraceCounter(probe_network(), augmentation=Augmentation(horizontal_flip=False, num_layers=0))
    classifier.compile("sgd", jit_compile=jit_compile)
    fit(classifier, at_the_knobs_size(classifier.knobs))
    seen = ops.convert_to_numpy(ops.copy(classifier.network.get_layer("probe").seen))[:12]
    assert seen[:, 0].tolist() == [32] * 3 + [40] * 3 + [48] * 3 + [56] * 3
    assert seen[:, 1].reshape(4, 3).mean(axis=1) == pytest.approx([0.0, 0.2, 0.4, 0.6], abs=0.02)
    assert seen[:, 2].reshape(4, 3).mean(axis=1) == pytest.approx([0.6, 0.4, 0.2, 0.0], abs=0.03)
    assert classifier.traces == 2  # one makes the optimizer's variables, one is the step


def test_a_run_that_begins_later_lands_in_the_right_phase():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    fit(classifier, at_the_knobs_size(classifier.knobs), initial_epoch=2)
    seen = ops.convert_to_numpy(ops.copy(classifier.network.get_layer("probe").seen))[:6]
    assert seen[:, 0].tolist() == [48] * 3 + [56] * 3


def test_what_the_schedule_turns_is_in_the_history():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    history = fit(classifier, at_the_knobs_size(classifier.knobs)).history
    assert history["image_size"] == [32, 40, 48, 56]
    assert history["dropout"] == pytest.approx([0.0, 0.2, 0.4, 0.6])
    assert history["drop_path"] == pytest.approx([0.6, 0.4, 0.2, 0.0])
    assert set(history) == {"loss", "accuracy", "image_size", "dropout", "drop_path"}


def test_the_schedule_and_each_phase_are_printed(capsys):
    schedule = ProgressiveSchedule(epochs=2, num_phases=2, image_size=Ramp(32, 48))
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    fit(classifier, at_the_knobs_size(classifier.knobs), schedule, callbacks=[ProgressiveCallback(schedule)])
    assert capsys.readouterr().out.splitlines() == [
        "phase  epochs  image_size",
        "    0    0..0          32",
        "    1    1..1          48",
        "phase 1/2: 32 px",
        "phase 2/2: 48 px",
    ]


def test_epochs_other_than_the_schedules_are_refused():
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="`epochs` must be the schedule's, 4. Got: 5."):
        fit(classifier, at_the_knobs_size(classifier.knobs), epochs=5)


def test_steps_per_epoch_are_refused():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="pass it to make_dataset. Got: 2."):
        fit(classifier, at_the_knobs_size(classifier.knobs), steps_per_epoch=2)


def test_a_dataset_on_other_knobs_is_refused_before_the_first_step():
    classifier, others = Classifier(probe_network()), Knobs(plain_network(), image_size=40)
    classifier.compile("sgd")
    with pytest.raises(UsageError, match=r"knobs=clf.knobs\). Asked for 56 px. Got: 40 px."):
        fit(classifier, at_the_knobs_size(classifier.knobs, of=others))
    assert int(ops.convert_to_numpy(ops.copy(classifier.step))) == 0


def test_a_dataset_stuck_at_the_last_size_is_refused_after_one_step():
    classifier, others = Classifier(probe_network()), Knobs(plain_network(), image_size=56)
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="Phase 0 must train at 32 px, but its first batch had 56 px"):
        fit(classifier, at_the_knobs_size(classifier.knobs, of=others))
    assert int(ops.convert_to_numpy(ops.copy(classifier.step))) == 1


def test_a_cache_behind_the_resize_is_refused_when_the_size_should_change():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="Phase 1 must train at 40 px, but its first batch had 32 px"):
        fit(classifier, at_the_knobs_size(classifier.knobs).cache())


def test_a_knob_that_nothing_reads_is_refused_by_name():
    schedule = ProgressiveSchedule(epochs=2, num_phases=2, image_size=Ramp(32, 48), drop_path=Ramp(0.1, 0.2))
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="Got `drop_path`: plain has no StochasticDepth layer."):
        fit(classifier, at_the_knobs_size(classifier.knobs), schedule)


def test_augmentation_that_is_switched_off_cannot_be_scheduled():
    schedule = ProgressiveSchedule(epochs=2, num_phases=2, image_size=Ramp(32, 48), mixup=Ramp(0.1, 0.2))
    classifier = Classifier(plain_network(), augmentation=None)
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="Got `mixup`: plain has no augmentation."):
        fit(classifier, at_the_knobs_size(classifier.knobs), schedule)


def test_a_fixed_input_size_is_refused_where_the_size_is_scheduled():
    schedule = ProgressiveSchedule(epochs=2, num_phases=2, image_size=Ramp(32, 48))
    classifier = Classifier(plain_network(side=48))
    classifier.compile("sgd")
    with pytest.raises(UsageError, match=r"\(32, 48 px\). Got: an input fixed at 48 px."):
        fit(classifier, at_the_knobs_size(classifier.knobs), schedule)


def test_arrays_cannot_follow_a_schedule():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="Asked for 56 px. Got: 32 px."):
        fit(classifier, np.zeros((8, 32, 32, 3), "uint8"), y=np.zeros(8, "int32"))


def test_the_callback_is_for_classifiers():
    network = plain_network()
    network.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(UsageError, match="turns the knobs of a Classifier: .* Got: Functional."):
        network.fit(np.zeros((8, 32, 32, 3)), np.zeros(8), callbacks=[ProgressiveCallback(FOUR_PHASES)], verbose=0)


def test_any_keras_model_can_be_trained_progressively():
    base = keras.applications.MobileNetV2(
        include_top=False, weights=None, pooling="avg", input_shape=(None, None, 3), alpha=0.35
    )
    outputs = keras.layers.Dense(3)(keras.layers.Dropout(0.4)(base.output))
    classifier = Classifier(keras.Model(base.input, outputs), preprocess=lambda images: images / 127.5 - 1.0)
    classifier.compile("sgd")
    schedule = ProgressiveSchedule(epochs=2, num_phases=2, image_size=Ramp(32, 48), dropout=Ramp(0.1, 0.5))
    history = fit(classifier, at_the_knobs_size(classifier.knobs, batches=1), schedule).history
    assert history["dropout"] == pytest.approx([0.1, 0.5])
    assert history["image_size"] == [32, 48]

"""The callback that turns the knobs. Long because each mistake that it refuses is made once."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import ops
from small_networks import at_the_knobs_size, plain_network, probe_network

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.optimizer import LearningRateSpec, OptimizerSpec
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Knobs
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.learning_rate import make_learning_rate
from effnetv2_keras.training.optimizers import compile_options, make_optimizer
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


def num_steps(classifier):
    return int(ops.convert_to_numpy(ops.copy(classifier.step)))


def sides_seen(classifier, count):
    return ops.convert_to_numpy(ops.copy(classifier.network.get_layer("probe").seen))[:count, 0].tolist()


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
    assert classifier.traces == 1


EVERYTHING = OptimizerSpec(
    "rmsprop_tf",
    momentum=0.9,
    decay=0.9,
    epsilon=1e-3,
    weight_decay=1e-5,
    clip_norm_per_variable=1.0,
    global_clip_norm=1.0,
    accumulation_steps=2,
    ema_decay=0.9999,
)


@pytest.mark.parametrize("kind", ["l2", "decoupled"])
def test_average_clips_accumulation_and_decay_need_no_further_trace(kind):
    spec = replace(EVERYTHING, weight_decay_kind=kind)
    rate = make_learning_rate(LearningRateSpec(), batch_size=4, steps_per_epoch=4, epochs=4)
    classifier = TraceCounter(probe_network(), augmentation=Augmentation(horizontal_flip=False, num_layers=0))
    classifier.compile(make_optimizer(spec, rate), jit_compile=False, **compile_options(spec))
    data = at_the_knobs_size(classifier.knobs, batches=4)
    before = ops.convert_to_numpy(ops.copy(classifier.network.layers[-1].kernel))
    fit(classifier, data, validation_data=data.take(1))
    assert sides_seen(classifier, 16) == [32] * 4 + [40] * 4 + [48] * 4 + [56] * 4
    assert classifier.traces == 1
    assert (num_steps(classifier), int(ops.convert_to_numpy(ops.copy(classifier.ema.updates)))) == (16, 8)
    assert np.abs(ops.convert_to_numpy(ops.copy(classifier.network.layers[-1].kernel)) - before).max() > 0


def test_a_run_that_begins_later_lands_in_the_right_phase():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    fit(classifier, at_the_knobs_size(classifier.knobs), initial_epoch=2)
    assert sides_seen(classifier, 6) == [48] * 3 + [56] * 3


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
    assert num_steps(classifier) == 0


def test_a_dataset_stuck_at_the_last_size_is_refused_before_the_first_step():
    classifier, others = Classifier(probe_network()), Knobs(plain_network(), image_size=56)
    classifier.compile("sgd")
    with pytest.raises(UsageError, match=r"knobs=clf.knobs\). Asked for 32 px. Got: 56 px."):
        fit(classifier, at_the_knobs_size(classifier.knobs, of=others))
    assert num_steps(classifier) == 0


def test_data_that_cannot_be_asked_are_refused_after_one_step():
    classifier = Classifier(probe_network(), augmentation=None)
    classifier.compile("sgd")
    batches = ((np.zeros((4, 56, 56, 3), "uint8"), np.zeros(4, "int32")) for _ in range(20))
    with pytest.raises(UsageError, match="Phase 0 must train at 32 px, but its first batch had 56 px"):
        fit(classifier, batches, shuffle=False)
    assert num_steps(classifier) == 1


def test_a_cache_behind_the_resize_is_refused_before_the_first_step():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    with pytest.raises(
        UsageError, match=r"must not be cached behind the resize.* Got: a cache that holds 56 px or 32 px"
    ):
        fit(classifier, at_the_knobs_size(classifier.knobs).cache().prefetch(1))
    assert num_steps(classifier) == 0


def test_a_cache_of_single_images_behind_the_resize_is_refused_too():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    with pytest.raises(UsageError, match="must not be cached behind the resize"):
        fit(classifier, at_the_knobs_size(classifier.knobs).unbatch().cache().batch(4, drop_remainder=True))
    assert num_steps(classifier) == 0


def test_a_cache_before_the_resize_is_taken():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    history = fit(classifier, at_the_knobs_size(classifier.knobs, is_cached=True)).history
    assert sides_seen(classifier, 12) == [32] * 3 + [40] * 3 + [48] * 3 + [56] * 3
    assert len(history["loss"]) == 4


def test_data_without_end_are_refused():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    with pytest.raises(UsageError, match=r"must end with the epoch.* Got: a dataset without end"):
        fit(classifier, at_the_knobs_size(classifier.knobs).repeat())
    assert num_steps(classifier) == 0


def test_repeated_data_that_end_with_the_epoch_are_taken():
    classifier = Classifier(probe_network())
    classifier.compile("sgd")
    fit(classifier, at_the_knobs_size(classifier.knobs).repeat().take(5))
    assert sides_seen(classifier, 20) == [32] * 5 + [40] * 5 + [48] * 5 + [56] * 5


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


@pytest.mark.slow
def test_resnet50_is_trained_over_every_knob():
    base = keras.applications.ResNet50(include_top=False, weights=None, pooling="avg", input_shape=(None, None, 3))
    outputs = keras.layers.Dense(3)(keras.layers.Dropout(0.4)(base.output))
    classifier = TraceCounter(
        keras.Model(base.input, outputs), preprocess=keras.applications.resnet50.preprocess_input, seed=3
    )
    classifier.compile(keras.optimizers.SGD(1e-3), ema_decay=0.99)
    schedule = ProgressiveSchedule(
        epochs=2,
        num_phases=2,
        image_size=Ramp(32, 48),
        randaugment=Ramp(5, 15),
        mixup=Ramp(0, 0.2),
        cutmix=Ramp(0, 0.4),
        dropout=Ramp(0.1, 0.3),
    )
    data = at_the_knobs_size(classifier.knobs, batches=1)
    history = fit(classifier, data, schedule, validation_data=data).history
    assert history["image_size"] == [32, 48]
    for name, stand in {"randaugment": [5, 15], "mixup": [0, 0.2], "cutmix": [0, 0.4], "dropout": [0.1, 0.3]}.items():
        assert history[name] == pytest.approx(stand)
    assert np.isfinite(history["loss"] + history["val_loss"]).all()
    assert classifier.traces == 1


def test_every_knob_is_a_scalar_in_tensorboard(tmp_path):
    import tensorflow as tf

    schedule = ProgressiveSchedule(
        epochs=2,
        num_phases=2,
        image_size=Ramp(32, 40),
        randaugment=Ramp(5, 15),
        mixup=Ramp(0, 0.2),
        cutmix=Ramp(0.1, 0.4),
        dropout=Ramp(0.1, 0.3),
        drop_path=Ramp(0.0, 0.2),
    )
    classifier = Classifier(probe_network(), augmentation=Augmentation(operations=("Invert", "Color")))
    classifier.compile("sgd")
    board = keras.callbacks.TensorBoard(tmp_path, write_graph=False)
    callbacks = [ProgressiveCallback(schedule, verbose=0), board]
    fit(classifier, at_the_knobs_size(classifier.knobs, batches=1), schedule, callbacks=callbacks)
    [file] = (tmp_path / "train").glob("events.out.tfevents.*")
    scalars = {}
    for record in tf.data.TFRecordDataset(str(file)):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            scalars.setdefault(value.tag, []).append((event.step, float(tf.make_ndarray(value.tensor))))
    assert scalars["epoch_image_size"] == [(0, 32.0), (1, 40.0)]
    assert scalars["epoch_randaugment"] == [(0, 5.0), (1, 15.0)]
    for name, first, last in (("mixup", 0, 0.2), ("cutmix", 0.1, 0.4), ("dropout", 0.1, 0.3), ("drop_path", 0, 0.2)):
        assert [step for step, _ in scalars[f"epoch_{name}"]] == [0, 1]
        assert [value for _, value in scalars[f"epoch_{name}"]] == pytest.approx([first, last])

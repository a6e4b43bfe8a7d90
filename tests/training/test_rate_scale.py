import keras
import numpy as np
import pytest
from keras import ops
from small_networks import at_the_knobs_size, plain_network

from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow
from effnetv2_keras.configs.schedule import constant_schedule
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Feed, Knobs
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.progressive import ProgressiveCallback
from effnetv2_keras.training.rate_scale import ScaledRate, scale_rate

HALVED = PhaseList((PhaseRow(1, 32, learning_rate_scale=1.0), PhaseRow(2, 32, learning_rate_scale=0.25)))


class TraceCounter(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


def trained(schedule, rate, jit_compile=False, optimizer=keras.optimizers.SGD):
    keras.utils.set_random_seed(0)
    classifier = TraceCounter(plain_network(dropout=0.0), augmentation=None)
    classifier.compile(optimizer(rate), jit_compile=jit_compile)
    data = at_the_knobs_size(classifier.knobs)  # three batches an epoch
    callbacks = [ProgressiveCallback(schedule, verbose=0)]
    history = classifier.fit(data, epochs=schedule.epochs, callbacks=callbacks, verbose=0, shuffle=False).history
    return classifier, history


def weights(classifier):
    return np.concatenate([ops.convert_to_numpy(ops.copy(w)).ravel() for w in classifier.network.trainable_weights])


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_a_scaled_run_is_the_run_with_those_rates(jit_compile, optimizer):
    scaled, history = trained(HALVED, 0.2, jit_compile, optimizer)
    stairs = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.2, 0.05])  # up to and with step 2
    reference, _ = trained(constant_schedule(3, 32), stairs, jit_compile, optimizer)
    assert np.abs(weights(scaled) - weights(reference)).max() < 1e-6
    assert history["learning_rate_scale"] == [1.0, 0.25, 0.25]
    assert scaled.traces == 1
    unscaled, _ = trained(constant_schedule(3, 32), 0.2, jit_compile, optimizer)
    assert np.abs(weights(scaled) - weights(unscaled)).max() > 1e-3


def test_a_schedule_of_keras_is_scaled_too():
    decay = keras.optimizers.schedules.ExponentialDecay(0.2, 1, 0.5)
    scaled, _ = trained(HALVED, decay)
    values = [0.2, 0.1, 0.05, *(0.25 * 0.2 * 0.5**step for step in range(3, 9))]
    stairs = keras.optimizers.schedules.PiecewiseConstantDecay(list(range(8)), values)
    reference, _ = trained(constant_schedule(3, 32), stairs)
    assert np.abs(weights(scaled) - weights(reference)).max() < 1e-6


def test_the_next_fit_without_a_scale_has_the_whole_rate():
    classifier, _ = trained(HALVED, 0.2)
    assert float(ops.convert_to_numpy(classifier.optimizer.learning_rate)) == pytest.approx(0.05)
    schedule = constant_schedule(1, 32)
    classifier.fit(at_the_knobs_size(classifier.knobs), callbacks=[ProgressiveCallback(schedule, verbose=0)], verbose=0)
    assert float(ops.convert_to_numpy(classifier.optimizer.learning_rate)) == pytest.approx(0.2)


def test_the_scale_is_no_parameter_and_in_no_weights_file(tmp_path):
    classifier, _ = trained(HALVED, 0.2)
    plain = plain_network(dropout=0.0)
    assert classifier.count_params() == plain.count_params()
    classifier.save_weights(tmp_path / "it.weights.h5")
    plain.load_weights(tmp_path / "it.weights.h5")


def test_it_is_put_in_once():
    optimizer, knobs = keras.optimizers.SGD(0.1), Knobs(plain_network())
    assert scale_rate(optimizer, knobs) is True
    assert scale_rate(optimizer, knobs) is False
    assert scale_rate(optimizer, Knobs(plain_network())) is True
    assert optimizer._learning_rate.rate == pytest.approx(0.1)


def test_a_scaled_rate_comes_back_from_its_config():
    rate = ScaledRate(keras.optimizers.schedules.ExponentialDecay(0.2, 10, 0.5))
    rate.scale.assign(0.5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(rate))
    assert float(rate(10)) == pytest.approx(0.05)
    assert float(again(10)) == pytest.approx(0.1)


def test_batch_sizes_that_the_data_would_not_follow_are_refused():
    schedule = PhaseList((PhaseRow(1, 32, batch_size=8), PhaseRow(1, 32, batch_size=4)))
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    data = at_the_knobs_size(classifier.knobs)
    callbacks = [ProgressiveCallback(schedule, verbose=0)]
    with pytest.raises(UsageError, match=r"must be the dataset's: .* Got: 8, 4; the dataset's is unknown\."):
        classifier.fit(data, epochs=2, callbacks=callbacks, verbose=0)
    classifier.knobs.feed = Feed(num_images=12, batch_sizes=(4,))
    with pytest.raises(UsageError, match="Got: 8, 4; the dataset's is 4."):
        classifier.fit(data, epochs=2, callbacks=callbacks, verbose=0)


def test_the_batch_size_of_the_data_may_be_said():
    schedule = constant_schedule(1, 32, batch_size=4)
    classifier = Classifier(plain_network())
    classifier.compile("sgd")
    classifier.knobs.feed = Feed(num_images=12, batch_sizes=(4,))
    data = at_the_knobs_size(classifier.knobs)
    history = classifier.fit(data, callbacks=[ProgressiveCallback(schedule, verbose=0)], verbose=0).history
    assert history["batch_size"] == [4.0]

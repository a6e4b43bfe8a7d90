"""Rates by layer and the classifier first on the JAX backend, where each step is handed the weights that learn.

Command: make test-jax        (KERAS_BACKEND=jax python -m pytest tests/jax_training; TensorFlow makes the batches)
"""

import keras
import numpy as np
import pytest

from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.checkpoint import Position, load_checkpoint, save_checkpoint
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.optimizers import compile_options, make_optimizer


class TraceCounter(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


def made(spec, **options):
    from small_networks import at_the_knobs_size, plain_network

    keras.utils.set_random_seed(0)
    classifier = TraceCounter(plain_network(dropout=0.0), augmentation=None)
    classifier.compile(make_optimizer(spec, 0.1), **compile_options(spec), **options)
    classifier.knobs.image_size = 32
    return classifier, at_the_knobs_size(classifier.knobs)


def weights(classifier):
    return [np.asarray(weight.value) for weight in classifier.network.weights]


def test_each_layer_moves_by_its_share():
    def moved(layer_decay):
        classifier, data = made(OptimizerSpec("sgd", momentum=0.0, weight_decay=0.0), layer_decay=layer_decay)
        before = weights(classifier)
        classifier.fit(data.take(1), verbose=0)
        return [after - start for after, start in zip(weights(classifier), before, strict=True)]

    whole, shares = moved(1.0), moved(0.5)
    for place, rate in {0: 0.25, 2: 0.5, 3: 0.5, 6: 1.0, 7: 1.0}.items():
        assert np.abs(whole[place]).max() > 1e-5
        np.testing.assert_allclose(shares[place], rate * whole[place], rtol=1e-3, atol=1e-7)


def test_the_classifier_learns_alone_first_and_a_run_goes_on_in_either_state(tmp_path):
    spec = OptimizerSpec("adamw", weight_decay=0.1, accumulation_steps=2, ema_decay=0.9)
    whole, data = made(spec, head_epochs=2, layer_decay=0.5)
    states = [weights(whole)]
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: states.append(weights(whole)))
    whole.fit(data, validation_data=data, epochs=4, callbacks=[keep], verbose=0)
    for epoch in range(4):
        before, after = states[epoch : epoch + 2]
        moved = [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]
        assert moved == [epoch >= 2] * 6 + [True] * 2
    assert whole.traces == 2  # one a state
    for stop in (1, 2):
        first, data = made(spec, head_epochs=2, layer_decay=0.5)
        end = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs, first=first, stop=stop: setattr(first, "stop_training", epoch + 1 == stop)
        )
        first.fit(data, epochs=4, callbacks=[end], verbose=0)
        save_checkpoint(tmp_path / "state.npz", first, Position(stop))
        second, data = made(spec, head_epochs=2, layer_decay=0.5)
        position = load_checkpoint(tmp_path / "state.npz", second)
        second.fit(data, initial_epoch=position.epoch, epochs=4, verbose=0)
        for ours, theirs in zip(weights(second), weights(whole), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_an_optimizer_of_keras_is_refused():
    classifier, data = made(OptimizerSpec())
    classifier.compile("adam", head_epochs=1)
    with pytest.raises(UsageError, match=r"`head_epochs` on JAX needs an optimizer of make_optimizer.*Got: Adam of"):
        classifier.fit(data, epochs=2, verbose=0)

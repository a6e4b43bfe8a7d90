"""The moving average on the JAX backend, where a compiled step hands its state from hand to hand."""

import keras
import numpy as np
import pytest

from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.training.checkpoint import Position, load_checkpoint, save_checkpoint
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.optimizers import compile_options, make_optimizer

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.integers(0, 256, (8, 32, 32, 3)).astype("uint8"), np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")
RELEASED = {"momentum": 0.9, "decay": 0.9, "epsilon": 1e-3, "weight_decay": 1e-5, "weight_decay_kind": "l2"}


def numbers(variables):
    return [np.asarray(variable.value).copy() for variable in variables]


def make(**kwargs):
    from small_networks import plain_network

    keras.utils.set_random_seed(0)
    classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
    spec = OptimizerSpec("rmsprop_tf", **RELEASED, ema_decay=0.9, clip_norm_per_variable=5.0, **kwargs)
    classifier.compile(make_optimizer(spec, 0.01), **compile_options(spec))
    return classifier


def train(classifier, epochs, **kwargs):
    return classifier.fit(IMAGES, LABELS, batch_size=4, epochs=epochs, shuffle=False, verbose=0, **kwargs)


class Follow(keras.callbacks.Callback):
    def __init__(self, classifier, every):
        super().__init__()
        self.every, self.batches, self.weights = every, 0, classifier.network.weights
        self.averages = numbers(self.weights)

    def on_train_batch_end(self, batch, logs=None):
        self.model.jax_state_sync()
        self.batches += 1
        if self.batches % self.every == 0:
            number = self.batches // self.every
            kept = min(0.9, (1 + number) / (10 + number))
            self.averages = [
                a * kept + w * (1 - kept) for a, w in zip(self.averages, numbers(self.weights), strict=True)
            ]


@pytest.mark.parametrize("accumulation_steps", [1, 2])
def test_the_average_equals_a_recomputation(accumulation_steps):
    classifier = make(accumulation_steps=accumulation_steps)
    follow = Follow(classifier, accumulation_steps)
    train(classifier, 3, callbacks=[follow])
    for average, expected in zip(numbers(classifier.ema.averages), follow.averages, strict=True):
        assert np.abs(average - expected).max() < 2e-6
    assert int(classifier.ema.updates.value) == 6 // accumulation_steps
    assert int(classifier.step.value) == 6


class Explode(keras.callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        raise RuntimeError("stop")

    on_predict_batch_end = on_test_batch_end


def test_raw_weights_come_back_after_every_look(tmp_path):
    undisturbed, looked_at = make(), make()
    train(undisturbed, 3)
    train(looked_at, 1, validation_data=(IMAGES, LABELS))
    averaged = looked_at.predict(IMAGES, verbose=0)
    assert np.abs(averaged - np.asarray(looked_at(IMAGES.astype("float32")))).max() > 1e-4
    with pytest.raises(RuntimeError, match="stop"):
        looked_at.evaluate(IMAGES, LABELS, verbose=0, callbacks=[Explode()])
    train(looked_at, 1)
    with pytest.raises(RuntimeError, match="stop"):
        looked_at.predict(IMAGES, verbose=0, callbacks=[Explode()])
    looked_at.save_weights(tmp_path / "a.weights.h5")
    train(looked_at, 1)
    for a, b in zip(numbers(looked_at.network.weights), numbers(undisturbed.network.weights), strict=True):
        assert np.abs(a - b).max() < 1e-6
    for a, b in zip(numbers(looked_at.ema.averages), numbers(undisturbed.ema.averages), strict=True):
        assert np.abs(a - b).max() < 1e-6


def broken(after):
    for _ in range(after):
        yield IMAGES[:4], LABELS[:4]
    raise OSError("no such photo")


@pytest.mark.parametrize("after", [0, 3])  # Keras reads ahead of the first step
@pytest.mark.parametrize("look", ["evaluate", "predict", "fit"])
def test_data_that_break_off_leave_the_weights_as_they_were(look, after):
    classifier = make()
    train(classifier, 1)
    weights, averages = numbers(classifier.network.weights), numbers(classifier.ema.averages)
    looked_at = {"evaluate": classifier.evaluate, "predict": classifier.predict, "fit": classifier.fit}[look]
    with pytest.raises(OSError, match="no such photo"):
        looked_at(broken(after), verbose=0, **({"shuffle": False} if look == "fit" else {}))
    if look == "fit" and after:
        assert 2 < int(classifier.ema.updates.value) <= 5
        return
    for a, b in zip(numbers(classifier.network.weights), weights, strict=True):
        assert np.array_equal(a, b)
    for a, b in zip(numbers(classifier.ema.averages), averages, strict=True):
        assert np.array_equal(a, b)


def test_a_run_that_goes_on_has_its_average(tmp_path):
    first, again = make(), make()
    train(first, 2)
    save_checkpoint(tmp_path / "c.npz", first, Position(2))
    load_checkpoint(tmp_path / "c.npz", again)
    for classifier in (first, again):
        train(classifier, 1)
    for a, b in zip(numbers(again.ema.averages), numbers(first.ema.averages), strict=True):
        assert np.abs(a - b).max() < 1e-6

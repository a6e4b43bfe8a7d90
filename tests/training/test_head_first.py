import keras
import numpy as np
import pytest
from small_networks import at_the_knobs_size, plain_network

from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.configs.schema import ModelConfig, Stage
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models import create_model, freeze
from effnetv2_keras.training.checkpoint import Position, load_checkpoint, save_checkpoint
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.optimizers import compile_options, make_optimizer

SMALL = ModelConfig(
    "small", (Stage("fused", 3, 2, 2, 8, 1), Stage("mbconv", 3, 2, 2, 12, 2, 0.25)), stem=8, head=16, drop_path=0.0
)
# all that a step can do to a weight: momentum, decoupled decay, accumulation, an average
SPEC = OptimizerSpec("rmsprop_tf", momentum=0.9, decay=0.9, epsilon=1e-3, weight_decay=0.1, accumulation_steps=2)


class TraceCounter(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


class Watch(keras.callbacks.Callback):
    """Keeps the weights as they are before training and after each epoch."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.states = [self.state()]

    def state(self):
        return {weight.path: weight.numpy() for weight in self.network.weights}

    def on_epoch_end(self, epoch, logs=None):
        self.states.append(self.state())

    def moved(self, epoch):
        """Names the weights that epoch `epoch` changed."""
        before, after = self.states[epoch : epoch + 2]
        return {path for path in before if not np.array_equal(before[path], after[path])}


@pytest.fixture
def make():
    def make(head_epochs=2, spec=SPEC, network=None, **options):
        keras.utils.set_random_seed(0)
        classifier = TraceCounter(network or create_model(SMALL, num_classes=3), augmentation=None)
        classifier.compile(make_optimizer(spec, 0.01), head_epochs=head_epochs, **compile_options(spec), **options)
        classifier.knobs.image_size = 32
        return classifier, at_the_knobs_size(classifier.knobs, batches=4)

    return make


CLASSIFIER = {"logits/kernel", "logits/bias"}


def test_the_classifier_learns_alone_and_then_everything_does(make):
    classifier, data = make()
    watch = Watch(classifier.network)
    classifier.fit(data, epochs=4, callbacks=[watch], verbose=0)
    assert watch.moved(0) == watch.moved(1) == CLASSIFIER
    everything = {weight.path for weight in classifier.network.weights}
    assert watch.moved(2) == watch.moved(3) == everything
    assert any(path.endswith("moving_variance") for path in everything)
    assert classifier.traces == 2  # one a state


def test_batch_normalisation_below_it_normalises_by_what_it_learnt_before(make):
    """The classifier's first step is the one a regression on the frozen features would take."""
    network = create_model(SMALL, num_classes=3, dropout_rate=0.0)
    for weight in network.weights:
        if weight.name == "moving_mean":
            weight.assign(np.linspace(-0.5, 0.5, weight.shape[0]))
    classifier, data = make(1, OptimizerSpec("sgd", momentum=0.0, weight_decay=0.0), network)
    images, labels = next(iter(data))
    features = keras.Model(network.inputs, network.get_layer("dropout").output)(images, training=False).numpy()
    kernel, bias = (weight.numpy() for weight in network.layers[-1].weights)
    odds = np.exp(features @ kernel + bias)
    errors = odds / odds.sum(axis=1, keepdims=True) - np.eye(3)[labels.numpy()]
    watch = Watch(network)
    classifier.fit(data.take(1), epochs=2, callbacks=[watch], verbose=0)
    np.testing.assert_allclose(
        watch.states[1]["logits/kernel"] - kernel, -0.01 * features.T @ errors / 4, rtol=1e-3, atol=1e-6
    )


def test_what_was_frozen_before_stays_frozen(make):
    classifier, data = make(1, network=freeze(create_model(SMALL, num_classes=3), until="head"))
    watch = Watch(classifier.network)
    classifier.fit(data, epochs=2, callbacks=[watch], verbose=0)
    assert watch.moved(0) == CLASSIFIER
    assert {path.split("/")[0] for path in watch.moved(1)} == {"head", "logits"}
    assert [layer.name for layer in classifier.network.layers if layer.trainable and layer.weights] == [
        "head",
        "logits",
    ]


def test_a_second_run_begins_with_the_classifier_again(make):
    classifier, data = make(1, network=plain_network())
    classifier.fit(data, epochs=2, verbose=0)
    watch = Watch(classifier.network)
    classifier.fit(data, epochs=2, callbacks=[watch], verbose=0)
    assert {path.split("/")[0].rstrip("_0123456789") for path in watch.moved(0)} == {"dense"}
    assert len(watch.moved(1)) == len(watch.moved(0)) + 6  # a convolution, a normalisation with its statistics


def test_a_run_that_goes_on_is_the_run_that_was_not_broken_off(make, tmp_path):
    whole, data = make(2, ema := SPEC.replace(ema_decay=0.9), seeded_network())
    whole.fit(data, epochs=3, verbose=0)
    for stop in (1, 2):
        first, data = make(2, ema, seeded_network())
        first.fit(data, epochs=3, callbacks=[stop_after(stop)], verbose=0)
        save_checkpoint(tmp_path / "state.npz", first, Position(stop))
        second, data = make(2, ema, seeded_network())
        position = load_checkpoint(tmp_path / "state.npz", second)
        second.fit(data, initial_epoch=position.epoch, epochs=3, verbose=0)
        for ours, theirs in zip(second.variables, whole.variables, strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-6, err_msg=ours.path)


def seeded_network():
    """The same network each time."""
    keras.utils.set_random_seed(0)
    return plain_network()


def stop_after(epochs):
    def stop(epoch, logs):
        callback.model.stop_training = epoch + 1 == epochs

    callback = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    return callback


def test_an_interrupted_run_lets_go(make):
    def interrupt(batch, logs):
        raise KeyboardInterrupt

    classifier, data = make(network=plain_network())
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(
            data, epochs=4, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)], verbose=0
        )
    assert len(classifier.trainable_variables) == 6
    watch = Watch(classifier.network)
    classifier.fit(data, initial_epoch=2, epochs=3, callbacks=[watch], verbose=0)
    assert len(watch.moved(0)) == 8


def test_layer_rates_and_head_first_go_together(make):
    classifier, data = make(1, network=plain_network(), layer_decay=0.5)
    classifier.fit(data, epochs=3, verbose=0)
    assert classifier.traces == 2


def test_a_run_without_an_end_of_it_is_refused(make):
    classifier, data = make(4, network=plain_network())
    words = r"`head_epochs` must be below the epochs of the training, 4; freeze\(network\).*Got: 4\."
    with pytest.raises(UsageError, match=words):
        classifier.fit(data, epochs=4, verbose=0)
    with pytest.raises(UsageError, match=r"`head_epochs` must be a whole number of at least 0\. Got: -1\."):
        make(-1, network=plain_network())


def test_a_network_without_a_classifier_is_refused():
    images = keras.Input((None, None, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(3, 3)(images))
    classifier = Classifier(keras.Model(images, keras.layers.Softmax()(x), name="odd"), augmentation=None)
    classifier.compile("sgd", head_epochs=1)
    with pytest.raises(UsageError, match=r"`head_epochs` needs a network with a Dense layer at its end\. Got: odd"):
        classifier.fit(np.zeros((2, 32, 32, 3)), np.zeros(2), epochs=2, verbose=0)


def test_an_optimizer_of_keras_works_but_not_with_its_own_average(make):
    classifier = Classifier(plain_network(), augmentation=None)
    classifier.compile("adam", head_epochs=1)
    before = classifier.network.layers[2].kernel.numpy()
    classifier.knobs.image_size = 32
    classifier.fit(at_the_knobs_size(classifier.knobs), epochs=2, verbose=0)
    assert not np.array_equal(classifier.network.layers[2].kernel.numpy(), before)
    classifier.compile(keras.optimizers.SGD(use_ema=True), head_epochs=1)
    with pytest.raises(UsageError, match="Got: use_ema=True"):
        classifier.fit(at_the_knobs_size(classifier.knobs), epochs=2, verbose=0)

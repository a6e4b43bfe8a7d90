import keras
import numpy as np
import pytest
from keras import ops
from small_networks import at_the_knobs_size, plain_network

from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.create import create_model
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.layer_rates import layer_rates
from effnetv2_keras.training.optimizers import KINDS, make_optimizer

RNG = np.random.default_rng(0)
START = RNG.normal(0, 1, (3, 4)).astype("float32")
GRADIENTS = RNG.normal(0, 1, (20, 3, 4)).astype("float32")


def way(optimizer, path):
    """Walks one variable called `path` down `GRADIENTS`; returns where it stands after each step."""
    with keras.name_scope(path.split("/")[0]):
        variable = keras.Variable(START, name="kernel")
    stations = []
    for gradient in GRADIENTS:
        optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        stations.append(ops.convert_to_numpy(variable.value).copy())
    assert variable.path == path
    return np.array(stations)


@pytest.mark.parametrize("kind", ["l2", "decoupled"])
@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_part_moves_as_with_an_optimizer_of_its_own_rate(name, kind):
    spec = OptimizerSpec(name, weight_decay=0.1, weight_decay_kind=kind)

    def optimizer(rate):
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([10], [rate, rate / 10])
        return make_optimizer(spec, schedule)

    ours = optimizer(0.01)
    ours.layer_rates = {"stage1_block1": 0.25}
    assert np.abs(way(ours, "stage1_block1/kernel") - way(optimizer(0.0025), "stage1_block1/kernel")).max() < 1e-6
    whole = optimizer(0.01)
    whole.layer_rates = {"stage1_block1": 0.25}
    assert np.abs(way(whole, "logits/kernel") - way(optimizer(0.01), "logits/kernel")).max() < 1e-6


def test_the_rates_fall_from_the_classifier_down_one_power_a_block():
    rates = layer_rates(create_model("efficientnetv2-b0", num_classes=3), 0.5)
    assert len(rates) == 24  # stem, 21 blocks, head, classifier
    assert rates["logits"] == 1.0
    assert rates["head"] == 0.5
    assert rates["stage6_block8"] == 0.25
    assert rates["stage6_block1"] == 0.001953125  # 0.5 ** 9
    assert rates["stage1_block1"] == 2.384185791015625e-07  # 0.5 ** 22
    assert rates["stem"] == 1.1920928955078125e-07


def test_blocks_of_keras_applications_are_parts_too():
    network = keras.applications.EfficientNetB0(weights=None, classes=3, classifier_activation=None)
    rates = layer_rates(network, 0.5)
    assert list(rates)[:2] == ["normalization", "stem"]
    assert list(rates)[-4:] == ["block6d", "block7a", "top", "predictions"]
    assert len(rates) == 20  # normalization, stem, 16 blocks, top, predictions
    assert rates["block7a"] == 0.25


class TraceCounter(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


def test_a_step_moves_each_layer_by_its_share_within_one_trace():
    def moved(layer_decay):
        keras.utils.set_random_seed(0)
        classifier = TraceCounter(plain_network(dropout=0.0), augmentation=None)
        before = [weight.numpy() for weight in classifier.network.trainable_weights]
        spec = OptimizerSpec("sgd", momentum=0.0, weight_decay=0.0)
        classifier.compile(make_optimizer(spec, 0.1), layer_decay=layer_decay)
        classifier.knobs.image_size = 32
        data = at_the_knobs_size(classifier.knobs)
        classifier.fit(data.take(1), verbose=0)
        after = classifier.network.trainable_weights
        step = {
            f"{place}/{weight.name}": weight.numpy() - start
            for place, (weight, start) in enumerate(zip(after, before, strict=True))
        }
        classifier.fit(data, epochs=2, verbose=0)
        assert classifier.traces == 1
        return step

    whole, shares = moved(1.0), moved(0.5)
    # the bias of the convolution is left out: the normalisation takes it away again
    rates = {"0/kernel": 0.25, "2/gamma": 0.5, "3/beta": 0.5, "4/kernel": 1.0, "5/bias": 1.0}
    assert {*rates, "1/bias"} == set(whole)
    for weight, rate in rates.items():
        assert np.abs(whole[weight]).max() > 1e-5
        np.testing.assert_allclose(shares[weight], rate * whole[weight], rtol=1e-3, atol=1e-8)


def test_a_network_of_ours_and_mixed_precision_work_too():
    keras.utils.set_random_seed(0)
    optimizer = make_optimizer(OptimizerSpec("adamw"), 0.01)
    classifier = Classifier(create_model("efficientnetv2-b0", num_classes=3), augmentation=None)
    classifier.compile(keras.optimizers.LossScaleOptimizer(optimizer), layer_decay=0.5)
    assert optimizer.layer_rates["stage6_block8"] == 0.25
    assert type(optimizer).from_config(optimizer.get_config()).layer_rates["head"] == 0.5


def test_an_optimizer_of_keras_is_refused():
    classifier = Classifier(plain_network())
    with pytest.raises(UsageError, match=r"`layer_decay` needs an optimizer of make_optimizer\(.*Got: AdamW of Keras"):
        classifier.compile(keras.optimizers.AdamW(), layer_decay=0.9)
    with pytest.raises(UsageError, match=r"`layer_decay` must be above 0 and at most 1\. Got: 1\.5"):
        classifier.compile(make_optimizer(OptimizerSpec(), 0.1), layer_decay=1.5)

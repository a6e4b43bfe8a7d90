"""Progressive training on the JAX backend: the same callback, the same compiled step that reads its knobs.

Command: make test-jax        (KERAS_BACKEND=jax python -m pytest tests/jax_training; TensorFlow makes the batches)
"""

import numpy as np
import pytest

from effnetv2_keras.augment.pipeline import Augmentation
from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule, constant_schedule
from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.optimizers import compile_options, make_optimizer
from effnetv2_keras.training.progressive import ProgressiveCallback

SCHEDULE = ProgressiveSchedule(
    epochs=4,
    num_phases=4,
    image_size=Ramp(32, 56),
    randaugment=Ramp(1, 5),
    mixup=Ramp(0, 0.2),
    dropout=Ramp(0.0, 0.6),
    drop_path=Ramp(0.6, 0.0),
)


class TraceCounter(Classifier):
    """Counts how often the training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


def test_size_dropout_and_stochastic_depth_change_inside_the_compiled_step():
    from small_networks import at_the_knobs_size, probe_network

    classifier = TraceCounter(probe_network(), augmentation=Augmentation(operations=("Rotate", "Color")))
    spec = OptimizerSpec("adamw", accumulation_steps=3, ema_decay=0.99, global_clip_norm=1.0)
    classifier.compile(make_optimizer(spec, 0.01), **compile_options(spec))
    data = at_the_knobs_size(classifier.knobs)
    classifier.fit(data, epochs=4, callbacks=[ProgressiveCallback(SCHEDULE, verbose=0)], verbose=0)
    assert classifier.traces == 4  # one a size
    seen = np.asarray(classifier.network.get_layer("probe").seen.value)[:12]
    assert seen[:, 0].tolist() == [32] * 3 + [40] * 3 + [48] * 3 + [56] * 3
    assert seen[:, 1].reshape(4, 3).mean(axis=1) == pytest.approx([0.0, 0.2, 0.4, 0.6], abs=0.02)
    assert seen[:, 2].reshape(4, 3).mean(axis=1) == pytest.approx([0.6, 0.4, 0.2, 0.0], abs=0.03)


def test_a_stale_size_is_refused_before_the_first_step():
    from small_networks import at_the_knobs_size, plain_network, probe_network

    from effnetv2_keras.layers.knobs import Knobs

    classifier, others = Classifier(probe_network()), Knobs(plain_network(), image_size=56)
    classifier.compile("sgd")
    data = at_the_knobs_size(classifier.knobs, of=others)
    with pytest.raises(UsageError, match="Asked for 32 px. Got: 56 px"):
        classifier.fit(data, epochs=4, callbacks=[ProgressiveCallback(SCHEDULE, verbose=0)], verbose=0)


def test_the_learning_rate_is_scaled_inside_the_compiled_step():
    import keras
    from small_networks import at_the_knobs_size, plain_network

    def trained(schedule, rate):
        keras.utils.set_random_seed(0)
        classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
        classifier.compile(keras.optimizers.SGD(rate))
        data = at_the_knobs_size(classifier.knobs)  # three batches an epoch
        classifier.fit(data, epochs=3, callbacks=[ProgressiveCallback(schedule, verbose=0)], verbose=0)
        return np.concatenate([np.asarray(weight.value).ravel() for weight in classifier.network.trainable_weights])

    halved = PhaseList((PhaseRow(1, 32, learning_rate_scale=1.0), PhaseRow(2, 32, learning_rate_scale=0.25)))
    stairs = keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.2, 0.05])  # up to and with step 2
    scaled = trained(halved, 0.2)
    assert np.abs(scaled - trained(constant_schedule(3, 32), stairs)).max() < 1e-5
    assert np.abs(scaled - trained(constant_schedule(3, 32), 0.2)).max() > 1e-3

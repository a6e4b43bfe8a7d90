import keras
import numpy as np
import pytest
from keras import ops
from small_networks import plain_network

from effnetv2_keras.errors import DataError
from effnetv2_keras.training.checkpoint import Position, load_checkpoint, save_checkpoint
from effnetv2_keras.training.classifier import Classifier

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")


def trained(epochs, num_classes=3):
    keras.utils.set_random_seed(0)
    classifier = Classifier(plain_network(num_classes))
    classifier.compile(keras.optimizers.AdamW(1e-2))
    if epochs:
        classifier.fit(IMAGES, LABELS, batch_size=4, epochs=epochs, shuffle=False, verbose=0)
    return classifier


def state(classifier):
    variables = classifier.network.variables + classifier.optimizer.variables + [classifier.step]
    return [ops.convert_to_numpy(ops.copy(variable)) for variable in variables]


def test_weights_optimizer_seeds_and_position_come_back(tmp_path):
    before = trained(epochs=2)
    save_checkpoint(tmp_path / "c.npz", before, Position(2, 5))
    after = trained(epochs=0)
    assert load_checkpoint(tmp_path / "c.npz", after) == Position(2, 5)
    for a, b in zip(state(after), state(before), strict=True):
        assert np.array_equal(a, b)


def test_training_goes_on_as_if_it_had_not_been_stopped(tmp_path):
    first = trained(epochs=2)
    save_checkpoint(tmp_path / "c.npz", first, Position(2))
    again = trained(epochs=0)
    load_checkpoint(tmp_path / "c.npz", again)
    losses = [
        classifier.fit(IMAGES, LABELS, batch_size=4, epochs=2, shuffle=False, verbose=0).history["loss"]
        for classifier in (first, again)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_the_checkpoint_of_another_model_is_refused(tmp_path):
    save_checkpoint(tmp_path / "c.npz", trained(epochs=1), Position(1))
    with pytest.raises(DataError, match=r"c.npz must be of this very model"):
        load_checkpoint(tmp_path / "c.npz", trained(epochs=0, num_classes=5))

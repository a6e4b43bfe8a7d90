import keras
import numpy as np
import pytest
from small_networks import plain_network

from effnetv2_keras.training.checkpoint import Position
from effnetv2_keras.training.classifier import Classifier
from effnetv2_keras.training.step_log import StepLog, read_steps

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    classifier = Classifier(plain_network(dropout=0.0), augmentation=None)
    classifier.compile("sgd")
    return classifier


def fit(classifier, log, initial_epoch=0):
    options = {"batch_size": 4, "epochs": 2, "initial_epoch": initial_epoch, "shuffle": False, "verbose": 0}
    history = classifier.fit(IMAGES, LABELS, callbacks=[log], **options)
    log.close()
    return history.history["loss"]


def test_every_row_is_the_loss_of_one_batch_alone(classifier, tmp_path):
    losses = fit(classifier, StepLog(tmp_path / "steps.csv", Position(0)))
    rows = read_steps(tmp_path / "steps.csv")
    assert [row[:2] for row in rows] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    numbers = [float(row[2]) for row in rows]
    # the epoch's loss is the mean over its images, and both batches have four
    assert losses == pytest.approx([np.mean(numbers[:2]), np.mean(numbers[2:])], rel=1e-6)
    assert (tmp_path / "steps.csv").read_text().splitlines()[0] == "epoch,step,loss"


def test_rows_of_steps_that_are_taken_again_are_dropped(classifier, tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text("epoch,step,loss\n1,1,0.5\n1,2,0.25\n2,1,9.0\n2,2,9")  # killed within the last row
    fit(classifier, StepLog(path, Position(1)), initial_epoch=1)
    rows = read_steps(path)
    assert [row[:2] for row in rows] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert [row[2] for row in rows[:2]] == ["0.5", "0.25"]
    assert all(float(row[2]) < 9 for row in rows[2:])


def test_a_run_may_go_on_within_an_epoch(tmp_path):
    path = tmp_path / "steps.csv"
    path.write_text("epoch,step,loss\n1,1,0.5\n1,2,0.25\n1,3,9.0\n")
    log = StepLog(path, Position(0, 2))
    log.on_train_begin()
    log.close()
    assert read_steps(path) == [(1, 1, "0.5"), (1, 2, "0.25")]

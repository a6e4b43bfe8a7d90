import keras
import numpy as np
import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.loss import check_metrics, loss_for


@pytest.mark.parametrize(
    ("head", "kind", "from_logits"),
    [
        ("logits", keras.losses.CategoricalCrossentropy, True),
        ("softmax", keras.losses.CategoricalCrossentropy, False),
        ("sigmoid", keras.losses.BinaryCrossentropy, False),
    ],
)
def test_the_loss_follows_the_head(head, kind, from_logits):
    loss = loss_for(head, None)
    assert type(loss) is kind
    assert loss.from_logits is from_logits


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        ("logits", "categorical_crossentropy"),
        ("logits", "sparse_categorical_crossentropy"),
        ("logits", keras.losses.CategoricalCrossentropy()),
        ("softmax", keras.losses.CategoricalCrossentropy(from_logits=True)),
        ("sigmoid", keras.losses.BinaryCrossentropy(from_logits=True)),
    ],
)
def test_a_loss_that_contradicts_the_head_is_refused(head, loss):
    with pytest.raises(UsageError, match=f"must fit the head, which gives {head}: .* with from_logits="):
        loss_for(head, loss)


def test_a_sparse_loss_becomes_its_dense_twin():
    loss = loss_for("logits", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert type(loss) is keras.losses.CategoricalCrossentropy
    assert loss.from_logits is True


@pytest.mark.parametrize("metric", ["sparse_categorical_accuracy", keras.metrics.SparseCategoricalAccuracy()])
def test_metrics_of_class_numbers_are_refused(metric):
    with pytest.raises(UsageError, match="Metrics must take label rows"):
        check_metrics([metric])


def test_label_smoothing_takes_mixed_rows():
    logits = np.array([[2.0, -1.0, 0.5, 0.0], [0.0, 1.0, 3.0, -2.0]])
    mixed = np.array([[0.7, 0.3, 0.0, 0.0], [0.0, 0.0, 0.25, 0.75]])
    # 0.9 of each label, and 0.1 spread over the four classes
    smooth = np.array([[0.655, 0.295, 0.025, 0.025], [0.025, 0.025, 0.25, 0.7]])
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = loss_for("logits", keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1))
    assert float(loss(mixed, logits)) == pytest.approx(-(smooth * log_probabilities).sum(axis=1).mean(), rel=1e-6)
